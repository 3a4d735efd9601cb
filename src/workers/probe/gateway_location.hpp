// SPDX-License-Identifier: MIT
// The running gateway, found among the sockets of its unit and asked there.
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
  // That the unit's processes listen on; an error where that cannot be seen.
  using Sockets = std::function<base::Result<std::vector<systemd::ListeningSocket>>()>;

  // `guess` is asked first, and alone where no sockets can be seen.
  GatewayLocation(Sockets sockets, std::uint16_t guess) : sockets_(std::move(sockets)), guess_(guess) {}

  // Asks where it was found, for as long as the unit still listens there; otherwise everywhere, until one
  // answers as a gateway.
  [[nodiscard]] openclaw::GatewayHealth ask(std::chrono::milliseconds time = time_for_an_answer);

  // Where it was found. Nothing until it has answered as a gateway.
  [[nodiscard]] const std::optional<openclaw::GatewayEndpoint>& endpoint() const { return endpoint_; }
  // The port of it, or the guess.
  [[nodiscard]] std::uint16_t port() const { return endpoint_ ? endpoint_->port : guess_; }

 private:
  openclaw::GatewayHealth look_everywhere(const std::vector<openclaw::GatewayEndpoint>& candidates,
                                          std::chrono::milliseconds time);

  Sockets sockets_;
  std::uint16_t guess_;
  std::optional<openclaw::GatewayEndpoint> endpoint_;
};

}  // namespace workers
