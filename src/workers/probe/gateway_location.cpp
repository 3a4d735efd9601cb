// SPDX-License-Identifier: MIT
#include "workers/probe/gateway_location.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace workers {
namespace {

using openclaw::GatewayEndpoint;
using openclaw::GatewayHealth;

// "18791, 19505"
std::string ports_of(const std::vector<GatewayEndpoint>& candidates) {
  std::vector<std::string> ports;
  for (const GatewayEndpoint& candidate : candidates) {
    std::string port = std::to_string(candidate.port);
    if (std::find(ports.begin(), ports.end(), port) == ports.end()) ports.push_back(std::move(port));
  }
  return base::join(ports, ", ");
}

GatewayHealth not_found(std::string detail) {
  GatewayHealth health;
  health.detail = std::move(detail);
  return health;
}

}  // namespace

GatewayHealth GatewayLocation::look_everywhere(const std::vector<GatewayEndpoint>& candidates,
                                               std::chrono::milliseconds time) {
  std::optional<GatewayHealth> first;
  bool answers_http = false;
  for (const GatewayEndpoint& candidate : candidates) {
    if (candidate.tls && answers_http) continue;
    GatewayHealth health = probe_gateway(candidate, time);
    if (health.live) {
      endpoint_ = candidate;
      return health;
    }
    answers_http = !candidate.tls && health.reachable;
    if (!first) first = std::move(health);
  }
  if (candidates.size() <= 2 && first) return *first;  // one socket: its own answer says more
  return not_found("none of the ports that its unit listens on (" + ports_of(candidates) +
                   ") answers as a gateway");
}

GatewayHealth GatewayLocation::ask(std::chrono::milliseconds time) {
  const auto sockets = sockets_();
  const auto candidates =
      sockets ? openclaw::endpoints_of(*sockets, guess_) : openclaw::guessed_endpoints(guess_);
  if (candidates.empty()) {
    endpoint_.reset();
    return not_found("its unit listens on no TCP port");
  }
  if (endpoint_ && std::find(candidates.begin(), candidates.end(), *endpoint_) != candidates.end()) {
    return probe_gateway(*endpoint_, time);
  }
  endpoint_.reset();
  return look_everywhere(candidates, time);
}

}  // namespace workers
