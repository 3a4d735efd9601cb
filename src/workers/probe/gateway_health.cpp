#include "workers/probe/gateway_health.hpp"

#include <curl/curl.h>

#include <memory>

#include "base/text.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;
using openclaw::GatewayEndpoint;
using openclaw::GatewayHealth;
using openclaw::HttpAnswer;
using openclaw::largest_body;
using openclaw::read_health;

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
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
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

}  // namespace

Result<HttpAnswer> http_get(const GatewayEndpoint& endpoint, const std::string& path,
                            const HttpTimeouts& timeouts) {
  static const CURLcode prepared = curl_global_init(CURL_GLOBAL_DEFAULT);
  const Curl handle(prepared == CURLE_OK ? curl_easy_init() : nullptr);
  if (!handle) return base::fail(ErrorKind::system, "libcurl does not start");
  const std::string url = openclaw::url_of(endpoint) + path;
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

GatewayHealth probe_gateway(const GatewayEndpoint& endpoint, const HttpTimeouts& timeouts) {
  auto health = http_get(endpoint, "/healthz", timeouts);
  if (!health) return read_health({health, health, health});
  auto readiness = http_get(endpoint, "/readyz", timeouts);
  GatewayHealth found = read_health({health, readiness, base::fail(ErrorKind::not_found, "not asked")});
  // The older of the two names, for what serves no other.
  if (readiness && !found.known) readiness = http_get(endpoint, "/ready", timeouts);
  if (!readiness) return found;
  return read_health({health, readiness, http_get(endpoint, "/startupz", timeouts)});
}

}  // namespace workers
