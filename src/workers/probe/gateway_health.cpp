// SPDX-License-Identifier: MIT
#include "workers/probe/gateway_health.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "event/loop.hpp"
#include "http/get.hpp"

namespace workers {

using base::ErrorKind;
using base::Result;
using http::Heard;
using openclaw::GatewayEndpoint;
using openclaw::GatewayHealth;
using openclaw::HttpAnswer;
using openclaw::read_health;

Result<HttpAnswer> http_get(const GatewayEndpoint& endpoint, const std::string& path,
                            std::chrono::milliseconds time) {
  sd_event* raw = nullptr;
  if (const int status = sd_event_new(&raw); status < 0) {
    return base::fail_errno(-status, "cannot make an event loop");
  }
  const event::LoopPointer loop(raw);
  std::optional<http::Reply> reply;
  http::Get get(raw, endpoint, path, {time, std::min(time, time_for_a_connection)}, http::tls_library,
                [&](http::Reply told) {
                  reply = std::move(told);
                  static_cast<void>(sd_event_exit(raw, 0));
                });
  const int status = sd_event_loop(raw);
  if (!reply) return base::fail_errno(-status, "the event loop failed");
  // If the address is not loopback, a refused connection does not show that no process listens there.
  const bool is_nobody = reply->heard == Heard::refused ||
                         (reply->heard == Heard::unreachable && openclaw::is_loopback(endpoint));
  if (is_nobody) {
    return base::fail(ErrorKind::not_found,
                      base::concat({"nothing answers on ", openclaw::url_of(endpoint), path}));
  }
  return std::move(reply->answer);
}

GatewayHealth probe_gateway(const GatewayEndpoint& endpoint, std::chrono::milliseconds time) {
  auto health = http_get(endpoint, "/healthz", time);
  if (!health) return read_health({health, health, health});
  auto readiness = http_get(endpoint, "/readyz", time);
  GatewayHealth found = read_health({health, readiness, base::fail(ErrorKind::not_found, "not asked")});
  // The older of the two names, for versions that serve only this one.
  if (readiness && !found.known) readiness = http_get(endpoint, "/ready", time);
  if (!readiness) return found;
  return read_health({health, readiness, http_get(endpoint, "/startupz", time)});
}

}  // namespace workers
