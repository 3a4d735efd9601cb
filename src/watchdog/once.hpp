// SPDX-License-Identifier: MIT
// A single look at the gateway, for scripts, monitoring and container probes.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "bus/connection.hpp"
#include "bus/service_manager.hpp"
#include "watchdog/policy.hpp"
#include "watchdog/question.hpp"

namespace watchdog {

inline constexpr int once_schema = 1;

struct Look {
  std::string unit;                          // its name
  std::uint16_t port = 0;                    // where it has answered, or port= of [gateway]
  std::optional<bus::ServiceStatus> status;  // nothing: there was no service manager to ask
  Probe probe;
  bool begins = false;  // no unit, and the container is younger than a start may take; set by the caller
};

// The unit of a gateway in a container, or of another user, is not visible here.
[[nodiscard]] bool has_unit(const Look& look);
// "ready", "not-ready", "starting", "draining", "silent", "unseen", "stopped", "dead". The state of the unit
// counts first, if there is one: if the gateway does not run, another program answers on its port.
[[nodiscard]] std::string_view state_of(const Look& look);
// 0 ready, 1 live but not ready, 2 neither, 69 the gateway runs and cannot be asked.
[[nodiscard]] int exit_status_of(const Look& look);
[[nodiscard]] nlohmann::json to_json(const Look& look);
[[nodiscard]] std::string sentence_of(const Look& look);

struct Where {
  std::string unit;
  std::uint16_t port = 0;  // of [gateway]
  // Of its unit, if no service manager is asked; empty: unknown.
  std::string control_group = {};
  std::optional<openclaw::GatewayEndpoint> known = {};  // has answered since its start
  SocketsOf sockets_of = sockets_of_the_kernel();
};

// Takes a few seconds at most.
[[nodiscard]] base::Result<Look> look_once(const Where& where, const bus::Connector& connector,
                                           std::chrono::milliseconds time = std::chrono::seconds{10});

}  // namespace watchdog
