// SPDX-License-Identifier: MIT
// Queries a gateway that is ready, by means of OpenClaw's own command line, and makes the report.
#pragma once

#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <string>

#include "base/redaction.hpp"
#include "contract/gateway_report.hpp"
#include "process/beside.hpp"
#include "workers/probe/command.hpp"

namespace workers {

// Texts of the gateway (details, errors of plugins) are cleaned of `secrets`; members that are compared with
// another report (IDs, names, versions) are not changed.
[[nodiscard]] nlohmann::json to_json(contract::GatewayReport report, const base::Redaction& secrets);

// Called with the next query and its time limit.
using BeginsQuery = std::function<void(const std::string& what, std::chrono::seconds)>;

// Queries config and models, which need no gateway, in a process of its own, beside the others: two commands
// at a time, each a Node that needs 2 to 8 s of a processor and 150 to 300 MB. No other thread of this
// process may run. Nothing if there can be no such process.
[[nodiscard]] std::optional<process::Beside> begin_config_and_models(const ProbeCommand& command);

// Queries health (by the WebSocket RPC, which detects a gateway that answers HTTP while its RPC is dead,
// #151467), config, cron, models, and the version if HTTP did not report it. Config and models are those of
// `beside` if it was begun.
void ask_gateway(const ProbeCommand& command, std::optional<process::Beside> beside, const BeginsQuery& begin,
                 contract::GatewayReport& report);
// Only health and config: sufficient for a gateway that was only started to determine whether it works.
void ask_health_and_config(const ProbeCommand& command, const BeginsQuery& begin,
                           contract::GatewayReport& report);
// Queries that need no gateway.
void ask_config(const ProbeCommand& command, contract::GatewayReport& report);

}  // namespace workers
