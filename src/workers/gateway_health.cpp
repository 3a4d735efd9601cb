#include "workers/gateway_health.hpp"

#include <curl/curl.h>
#include <nlohmann/json.hpp>

#include <memory>

#include "base/text.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr std::size_t most_failing = 100, longest_name = 200;

struct CurlCleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Curl = std::unique_ptr<CURL, CurlCleanup>;

struct Body {
  std::string text;
  bool too_large = false;
};

std::size_t append(char* bytes, std::size_t /*one*/, std::size_t size, void* to) {
  auto& body = *static_cast<Body*>(to);
  body.too_large = body.text.size() + size > largest_body;
  if (body.too_large) return 0;  // ends the transfer
  body.text.append(bytes, size);
  return size;
}

void set_up(CURL* handle, const std::string& url, const HttpTimeouts& timeouts, Body& body) {
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http");
  // A proxy of the environment's would be asked for 127.0.0.1, and be told that there is a gateway.
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeouts.connect.count()));
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(timeouts.whole.count()));
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "openclaw-systemd/" OPENCLAW_SYSTEMD_VERSION);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &body);
}

// An object, or null.
json object_of(const Result<HttpAnswer>& answer) {
  if (!answer) return nullptr;
  json value = json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
  return value.is_object() ? value : json(nullptr);
}

const json* member(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(name);
  return it == object.end() ? nullptr : &*it;
}

std::optional<std::string> text(const json& object, const char* name) {
  const json* value = member(object, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return base::printable(value->get_ref<const std::string&>(), longest_name);
}

std::optional<bool> flag(const json& object, const char* name) {
  const json* value = member(object, name);
  if (value == nullptr || !value->is_boolean()) return std::nullopt;
  return value->get<bool>();
}

void read_uptime(const json& object, GatewayHealth& health) {
  const json* value = member(object, "uptimeMs");
  if (value == nullptr || !value->is_number()) return;
  const double uptime = value->get<double>();
  constexpr double century = 100.0 * 366 * 86'400'000;
  if (uptime >= 0 && uptime < century) health.uptime_ms = static_cast<std::int64_t>(uptime);
}

// "failing" is left out for callers that are not trusted; anything but a list of texts is no readiness
// answer.
bool read_failing(const json& object, std::vector<std::string>& failing) {
  const json* list = member(object, "failing");
  if (list == nullptr) return true;
  if (!list->is_array()) return false;
  for (const json& entry : *list) {
    if (!entry.is_string()) return false;
    if (failing.size() < most_failing) {
      failing.push_back(base::printable(entry.get_ref<const std::string&>(), longest_name));
    }
  }
  return true;
}

void read_readiness(const Result<HttpAnswer>& answer, GatewayHealth& health) {
  const json body = object_of(answer);
  const auto ready = flag(body, "ready");
  std::vector<std::string> failing;
  if (!ready || !read_failing(body, failing)) return;
  health.known = true;
  health.ready = *ready && answer->status == 200;
  health.failing = std::move(failing);
  read_uptime(body, health);
}

void read_startup(const Result<HttpAnswer>& answer, GatewayHealth& health) {
  const json body = object_of(answer);
  const auto status = text(body, "status");
  if (!status || !flag(body, "ok")) return;
  health.starting = *status == "starting";
  health.draining = *status == "draining";
  if (const auto version = text(body, "version")) health.version = *version;
  read_uptime(body, health);
}

std::string why(const Result<HttpAnswer>& answer) {
  if (!answer) return answer.error().message;
  return "status " + std::to_string(answer->status) + " without a JSON object that tells of readiness";
}

}  // namespace

Result<HttpAnswer> http_get(std::uint16_t port, const std::string& path, const HttpTimeouts& timeouts) {
  static const CURLcode prepared = curl_global_init(CURL_GLOBAL_DEFAULT);
  const Curl handle(prepared == CURLE_OK ? curl_easy_init() : nullptr);
  if (!handle) return base::fail(ErrorKind::system, "libcurl does not start");
  const std::string url = base::concat({"http://127.0.0.1:", std::to_string(port), path});
  Body body;
  set_up(handle.get(), url, timeouts, body);
  const CURLcode code = curl_easy_perform(handle.get());
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    return HttpAnswer{static_cast<int>(status), std::move(body.text)};
  }
  if (code == CURLE_COULDNT_CONNECT) {
    return base::fail(ErrorKind::not_found, base::concat({"nothing answers on ", url}));
  }
  std::string reason = curl_easy_strerror(code);
  if (body.too_large) reason = "more than " + base::human_bytes(largest_body);
  if (code == CURLE_OPERATION_TIMEDOUT) {
    reason = "no whole answer within " + base::human_duration(timeouts.whole.count());
  }
  return base::fail(ErrorKind::unavailable, base::concat({url, ": ", reason}));
}

GatewayHealth read_health(const HealthAnswers& answers) {
  GatewayHealth health;
  health.reachable = answers.health || answers.readiness || answers.startup;
  const json live = object_of(answers.health);
  health.live = answers.health && answers.health->status == 200 && flag(live, "ok").value_or(false) &&
                text(live, "status") == "live";
  read_readiness(answers.readiness, health);
  read_startup(answers.startup, health);
  if (health.starting || health.draining) health.ready = false;
  if (!health.reachable || !health.known) {
    health.detail = health.reachable ? why(answers.readiness) : why(answers.health);
  }
  return health;
}

GatewayHealth probe_gateway(std::uint16_t port, const HttpTimeouts& timeouts) {
  auto health = http_get(port, "/healthz", timeouts);
  if (!health) return read_health({health, health, health});
  auto readiness = http_get(port, "/readyz", timeouts);
  GatewayHealth found = read_health({health, readiness, base::fail(ErrorKind::not_found, "not asked")});
  // The older of the two names, for what serves no other.
  if (readiness && !found.known) readiness = http_get(port, "/ready", timeouts);
  if (!readiness) return found;
  return read_health({health, readiness, http_get(port, "/startupz", timeouts)});
}

std::string describe(const GatewayHealth& health) {
  if (!health.reachable) return "not reachable yet (" + health.detail + ")";
  if (health.draining) return "draining";
  if (health.ready) return "ready";
  if (!health.failing.empty()) return "not ready: " + base::join(health.failing, ", ");
  if (health.starting) return "starting";
  return health.known ? "not ready" : "answers, but not about readiness (" + health.detail + ")";
}

}  // namespace workers
