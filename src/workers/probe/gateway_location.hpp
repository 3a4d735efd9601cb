// SPDX-License-Identifier: MIT
// Finds the running gateway among the sockets of its unit, and queries it there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "openclaw/gateway_endpoint.hpp"
#include "workers/probe/gateway_health.hpp"

namespace workers {

class GatewayLocation {
 public:
  // The sockets on which processes of the unit listen; an error if they are not visible.
  using Sockets = std::function<base::Result<std::vector<systemd::ListeningSocket>>()>;

  // `guess` is asked first; it is the only one if no sockets are visible.
  GatewayLocation(Sockets sockets, std::uint16_t guess) : sockets_(std::move(sockets)), guess_(guess) {}

  // Asks where the gateway was found, as long as the unit still listens there; otherwise all sockets, until
  // one answers as a gateway.
  [[nodiscard]] openclaw::GatewayHealth ask(std::chrono::milliseconds time = time_for_an_answer);

  // Nothing until a socket has answered as a gateway.
  [[nodiscard]] const std::optional<openclaw::GatewayEndpoint>& endpoint() const { return endpoint_; }
  // Its port, or the guess.
  [[nodiscard]] std::uint16_t port() const { return endpoint_ ? endpoint_->port : guess_; }

 private:
  openclaw::GatewayHealth look_everywhere(const std::vector<openclaw::GatewayEndpoint>& candidates,
                                          std::chrono::milliseconds time);

  Sockets sockets_;
  std::uint16_t guess_;
  std::optional<openclaw::GatewayEndpoint> endpoint_;
};

}  // namespace workers
