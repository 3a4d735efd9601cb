// SPDX-License-Identifier: MIT
// What the gateway is asked once it is ready, by OpenClaw's own command line, and the report of it all.
#pragma once

#include <nlohmann/json.hpp>

#include <functional>
#include <string>

#include "base/redaction.hpp"
#include "contract/gateway_report.hpp"
#include "workers/probe/command.hpp"

namespace workers {

// What the gateway says of itself in words (details, errors of plugins) is cleaned of `secrets`; what is
// compared with another report (ids, names, versions) stays as it is.
[[nodiscard]] nlohmann::json to_json(contract::GatewayReport report, const base::Redaction& secrets);

// Asks, in this order: health (which goes over the WebSocket RPC, and so notices a gateway that answers HTTP
// while its RPC is dead, #151467), config, cron, models, and the version where HTTP told none.
// `begin` is told what is asked next and how long that may take.
void ask_gateway(const ProbeCommand& command,
                 const std::function<void(const std::string& what, std::chrono::seconds)>& begin,
                 contract::GatewayReport& report);
// The first two of these: enough for a gateway that was only started to see whether it does.
void ask_health_and_config(const ProbeCommand& command,
                           const std::function<void(const std::string& what, std::chrono::seconds)>& begin,
                           contract::GatewayReport& report);
// What needs no gateway.
void ask_config(const ProbeCommand& command, contract::GatewayReport& report);

}  // namespace workers
