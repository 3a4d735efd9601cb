// SPDX-License-Identifier: MIT
// Which endpoints are to be asked, and how certain it is that they are the gateway's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bus/service_manager.hpp"
#include "openclaw/gateway_endpoint.hpp"
#include "systemd/listening_sockets.hpp"

namespace watchdog {

// The sockets of a control group; replaceable, because tests have no unit.
using SocketsOf =
    std::function<base::Result<std::vector<systemd::ListeningSocket>>(const std::string& control_group)>;
[[nodiscard]] SocketsOf sockets_of_the_kernel();

struct Question {
  std::vector<openclaw::GatewayEndpoint> endpoints;  // in the order in which they are asked
  // It has answered as the gateway since its start, and its socket still exists. It is the first of
  // `endpoints`.
  std::optional<openclaw::GatewayEndpoint> known;
  std::uint16_t configured = 0;  // port= of [gateway]
  // They belong to processes of the unit. Otherwise they are a guess: any program may have the port.
  bool of_unit = false;
  // The unit has its own network, so its sockets are not visible. Set by the caller.
  bool own_network = false;
  std::string why_not;  // for an operator; empty if there is no question about a unit
};

// `control_group` is that of a unit with a process; empty: unknown. `known`: what has answered since its
// start.
[[nodiscard]] Question question_about(const std::string& control_group, std::uint16_t configured,
                                      const std::optional<openclaw::GatewayEndpoint>& known,
                                      const SocketsOf& sockets_of);

}  // namespace watchdog
