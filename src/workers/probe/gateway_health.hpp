// A gateway on this machine asked over HTTP, with libcurl; what its answers mean is openclaw/health.hpp.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"
#include "openclaw/gateway_endpoint.hpp"
#include "openclaw/health.hpp"

namespace workers {

struct HttpTimeouts {
  std::chrono::milliseconds connect{1000};
  std::chrono::milliseconds whole{3000};  // from the connection to the last byte, however it drips
};

// GET <url><path>, without proxies, redirects, cookies or credentials. Error kind `not_found` when nothing
// listens there, `unavailable` when something does and gives no (whole) answer. A certificate is not looked
// at: most gateways make their own, nothing that is secret is sent, and that the socket is the gateway's is
// known from its unit.
[[nodiscard]] base::Result<openclaw::HttpAnswer> http_get(const openclaw::GatewayEndpoint& endpoint,
                                                          const std::string& path,
                                                          const HttpTimeouts& timeouts = {});

// All of it, over the network. A gateway that refuses the first connection, or hangs, is asked no more.
[[nodiscard]] openclaw::GatewayHealth probe_gateway(const openclaw::GatewayEndpoint& endpoint,
                                                    const HttpTimeouts& timeouts = {});

}  // namespace workers
