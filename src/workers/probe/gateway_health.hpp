// SPDX-License-Identifier: MIT
// A gateway on this machine asked over HTTP, one question after the other; what its answers mean is
// openclaw/health.hpp.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"
#include "openclaw/gateway_endpoint.hpp"
#include "openclaw/health.hpp"

namespace workers {

// From the connection to the last byte, however it drips.
constexpr std::chrono::milliseconds time_for_an_answer{3000};
// An address that is not loopback may be one that the worker's unit may not connect to (IPAddressDeny=).
constexpr std::chrono::milliseconds time_for_a_connection{1000};

// GET <url><path>, without proxies, redirects, cookies or credentials. Error kind `not_found` when nothing
// listens there, `unavailable` when something does and gives no (whole) answer. A certificate is not looked
// at: most gateways make their own, nothing that is secret is sent, and that the socket is the gateway's is
// known from its unit.
[[nodiscard]] base::Result<openclaw::HttpAnswer> http_get(
    const openclaw::GatewayEndpoint& endpoint, const std::string& path,
    std::chrono::milliseconds time = time_for_an_answer);

// All of it, over the network. A gateway that refuses the first connection, or hangs, is asked no more.
[[nodiscard]] openclaw::GatewayHealth probe_gateway(const openclaw::GatewayEndpoint& endpoint,
                                                    std::chrono::milliseconds time = time_for_an_answer);

}  // namespace workers
