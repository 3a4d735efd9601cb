// SPDX-License-Identifier: MIT
// Queries a gateway on this machine over HTTP, one request after the other; openclaw/health.hpp interprets
// the answers.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"
#include "openclaw/gateway_endpoint.hpp"
#include "openclaw/health.hpp"

namespace workers {

// From the connection to the last byte, even if bytes arrive slowly.
constexpr std::chrono::milliseconds time_for_an_answer{3000};
// The unit of the worker may not be allowed to connect to an address that is not loopback (IPAddressDeny=).
constexpr std::chrono::milliseconds time_for_a_connection{1000};

// GET <url><path>, without proxies, redirects, cookies or credentials. Error kind `not_found` if no process
// listens there, `unavailable` if there is no complete answer. Certificates are not verified: most gateways
// create their own, no secret is sent, and the unit shows that the socket is the gateway's.
[[nodiscard]] base::Result<openclaw::HttpAnswer> http_get(
    const openclaw::GatewayEndpoint& endpoint, const std::string& path,
    std::chrono::milliseconds time = time_for_an_answer);

// All requests, over the network. If the gateway refuses the first connection, or hangs, no more are sent.
[[nodiscard]] openclaw::GatewayHealth probe_gateway(const openclaw::GatewayEndpoint& endpoint,
                                                    std::chrono::milliseconds time = time_for_an_answer);

}  // namespace workers
