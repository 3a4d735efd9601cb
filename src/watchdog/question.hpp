// SPDX-License-Identifier: MIT
// Where the gateway is to be asked, and how much is known of that.
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

// The sockets of a control group; a seam, as tests have no unit.
using SocketsOf =
    std::function<base::Result<std::vector<systemd::ListeningSocket>>(const std::string& control_group)>;
[[nodiscard]] SocketsOf sockets_of_the_kernel();

struct Question {
  std::vector<openclaw::GatewayEndpoint> endpoints;  // in this order
  // Has answered as the gateway since its start, and its socket is still there: then it is the first of them.
  std::optional<openclaw::GatewayEndpoint> known;
  std::uint16_t configured = 0;  // port= of [gateway]
  // They are those of the unit's own processes. Else only a guess: whoever has the port may answer.
  bool of_unit = false;
  // The unit has a network of its own, so that its sockets are out of sight. For the caller to set.
  bool own_network = false;
  std::string why_not;  // for a person; empty where no unit is asked about
};

// `control_group` is that of a unit with a process; empty: not known. `known`: what has answered since its
// start.
[[nodiscard]] Question question_about(const std::string& control_group, std::uint16_t configured,
                                      const std::optional<openclaw::GatewayEndpoint>& known,
                                      const SocketsOf& sockets_of);

}  // namespace watchdog
