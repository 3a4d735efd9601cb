// SPDX-License-Identifier: MIT
// Where a gateway can be asked. The sockets that the unit's own processes hold are the truth: config,
// environment, arguments and OpenClaw's own defaults all move the port, and what is configured here is the
// first guess among them, no more.
//
// Several of them may listen: 2026.5.12 serves its browser control on the port + 2, and plugins and MCP
// servers have ports of their own. The gateway is the one that answers /healthz as health.hpp reads it. With
// gateway.tls it closes plain HTTP without an answer; gateway.controlUi.basePath does not move /healthz.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "systemd/listening_sockets.hpp"

namespace openclaw {

struct GatewayEndpoint {
  bool tls = false;
  std::string address = "127.0.0.1";  // numeric, and one to connect to: never 0.0.0.0 or ::
  std::uint16_t port = 0;
  bool operator==(const GatewayEndpoint&) const = default;
};

// "https://127.0.0.1:19501", "http://[::1]:18789"
[[nodiscard]] std::string url_of(const GatewayEndpoint& endpoint);

[[nodiscard]] bool is_loopback(const GatewayEndpoint& endpoint);

// The same address and port, asked in the two ways: plain HTTP first.
[[nodiscard]] bool is_same_socket(const GatewayEndpoint& one, const GatewayEndpoint& other);

// Whom to ask, in this order: those on the port `guess` first, then loopback (or every address) before
// others; of each socket HTTP before HTTPS.
[[nodiscard]] std::vector<GatewayEndpoint> endpoints_of(const std::vector<systemd::ListeningSocket>& sockets,
                                                        std::uint16_t guess);

// Where the sockets cannot be seen, or there is no unit (a container): loopback and the guess, in both ways.
[[nodiscard]] std::vector<GatewayEndpoint> guessed_endpoints(std::uint16_t guess);

}  // namespace openclaw
