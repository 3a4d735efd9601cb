// SPDX-License-Identifier: MIT
// The actions of openclaw-probe: reports the state of the running gateway, which the updater compares with
// another report (contract/gateway_report.hpp has the JSON, update/verification.hpp the comparison).
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "workers/request.hpp"

namespace workers {

// The requests are structs in contract/requests.hpp. The port is the expected one; where the gateway really
// listens is determined by gateway_location.hpp.
[[nodiscard]] base::Result<nlohmann::json> probe_baseline(const Job& job);
// Waits until the gateway is ready and has stayed ready for the settle time. Returns early when its process
// ends.
[[nodiscard]] base::Result<nlohmann::json> probe_gate(const Job& job);
// Returns contract::FoundGateway as soon as a socket of the unit has answered as a gateway.
[[nodiscard]] base::Result<nlohmann::json> probe_find(const Job& job);
// For a gateway that is down: whether a process listens on its port nevertheless.
[[nodiscard]] base::Result<nlohmann::json> probe_port(const Job& job);

}  // namespace workers
