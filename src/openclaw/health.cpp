#include "openclaw/health.hpp"

#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace openclaw {
namespace {

using base::Result;
using nlohmann::json;

constexpr std::size_t most_failing = 100, longest_name = 200;

// An object, or null.
json object_of(const Result<HttpAnswer>& answer) {
  if (!answer) return nullptr;
  json value = json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
  return value.is_object() ? value : json(nullptr);
}

const json* member_of(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(name);
  return it == object.end() ? nullptr : &*it;
}

std::optional<std::string> text(const json& object, const char* name) {
  const json* value = member_of(object, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return base::printable(value->get_ref<const std::string&>(), longest_name);
}

std::optional<bool> flag(const json& object, const char* name) {
  const json* value = member_of(object, name);
  if (value == nullptr || !value->is_boolean()) return std::nullopt;
  return value->get<bool>();
}

void read_uptime(const json& object, GatewayHealth& health) {
  const json* value = member_of(object, "uptimeMs");
  if (value == nullptr || !value->is_number()) return;
  const double uptime = value->get<double>();
  constexpr double century = 100.0 * 366 * 86'400'000;
  if (uptime >= 0 && uptime < century) health.uptime_ms = static_cast<std::int64_t>(uptime);
}

// "failing" is left out for callers that are not trusted; anything but a list of texts is no readiness
// answer.
bool read_failing(const json& object, std::vector<std::string>& failing) {
  const json* list = member_of(object, "failing");
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

std::string describe(const GatewayHealth& health) {
  if (!health.reachable) return "not reachable yet (" + health.detail + ")";
  if (health.draining) return "draining";
  if (health.ready) return "ready";
  if (!health.failing.empty()) return "not ready: " + base::join(health.failing, ", ");
  if (health.starting) return "starting";
  return health.known ? "not ready" : "answers, but not about readiness (" + health.detail + ")";
}

}  // namespace openclaw
