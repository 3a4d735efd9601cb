// SPDX-License-Identifier: MIT
// The actions of openclaw-probe: what the running gateway does and knows, reported for a comparison that the
// updater makes (contract/gateway_report.hpp has the JSON, update/verification.hpp the comparison).
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "workers/request.hpp"

namespace workers {

// What each is asked has its struct in contract/requests.hpp. The port is where the gateway is expected;
// where it listens is found (gateway_location.hpp).
[[nodiscard]] base::Result<nlohmann::json> probe_baseline(const Job& job);
// Waits until the gateway is ready, and has stayed so for the settle time. Ends early when its process does.
[[nodiscard]] base::Result<nlohmann::json> probe_gate(const Job& job);
// contract::FoundGateway, as soon as something that the unit listens on has answered as a gateway.
[[nodiscard]] base::Result<nlohmann::json> probe_find(const Job& job);
// Of a gateway that is down: whether somebody listens there all the same.
[[nodiscard]] base::Result<nlohmann::json> probe_port(const Job& job);

}  // namespace workers
