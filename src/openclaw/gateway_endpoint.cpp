// SPDX-License-Identifier: MIT
#include "openclaw/gateway_endpoint.hpp"

#include <algorithm>
#include <string_view>

#include "base/text.hpp"

namespace openclaw {
namespace {

constexpr std::string_view mapped = "::ffff:";  // an IPv4 address, of a socket of IPv6

std::string address_to_connect_to(const std::string& listening) {
  if (listening == "0.0.0.0") return "127.0.0.1";
  if (listening == "::") return "::1";
  if (listening.starts_with(mapped) && listening.find('.') != std::string::npos) {
    return address_to_connect_to(listening.substr(mapped.size()));
  }
  return listening;
}

}  // namespace

std::string url_of(const GatewayEndpoint& endpoint) {
  const bool is_ipv6 = endpoint.address.find(':') != std::string::npos;
  return base::concat({endpoint.tls ? "https://" : "http://", is_ipv6 ? "[" : "", endpoint.address,
                       is_ipv6 ? "]:" : ":", std::to_string(endpoint.port)});
}

bool is_loopback(const GatewayEndpoint& endpoint) {
  return endpoint.address == "::1" || endpoint.address.starts_with("127.");
}

bool is_same_socket(const GatewayEndpoint& one, const GatewayEndpoint& other) {
  return one.address == other.address && one.port == other.port;
}

std::vector<GatewayEndpoint> endpoints_of(const std::vector<systemd::ListeningSocket>& sockets,
                                          std::uint16_t guess) {
  std::vector<GatewayEndpoint> plain;
  for (const systemd::ListeningSocket& socket : sockets) {
    const GatewayEndpoint endpoint{false, address_to_connect_to(socket.address), socket.port};
    if (std::ranges::find(plain, endpoint) == plain.end()) plain.push_back(endpoint);
  }
  std::stable_partition(plain.begin(), plain.end(), is_loopback);
  std::stable_partition(plain.begin(), plain.end(),
                        [&](const GatewayEndpoint& one) { return one.port == guess; });
  std::vector<GatewayEndpoint> both;
  for (const GatewayEndpoint& endpoint : plain) {
    both.push_back(endpoint);
    both.push_back({true, endpoint.address, endpoint.port});
  }
  return both;
}

std::vector<GatewayEndpoint> guessed_endpoints(std::uint16_t guess) {
  return {{false, "127.0.0.1", guess}, {true, "127.0.0.1", guess}};
}

}  // namespace openclaw
