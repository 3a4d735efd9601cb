// What the gateway is asked once it is ready, by OpenClaw's own command line, and the report of it all.
#pragma once

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

#include "base/redaction.hpp"
#include "workers/probe/answers.hpp"
#include "workers/probe/command.hpp"

namespace workers {

struct Finding {
  bool known = false, ok = false;
  std::string detail;
};

struct ProbeReport {
  bool ready = false, running = true;
  std::vector<std::string> failing;
  std::string detail;   // of readiness
  std::string version;  // empty: not known
  std::vector<std::string> environment_keys;
  bool channels_known = false;
  HealthFacts facts;
  std::vector<std::string> bundled, configured;  // plugin ids
  Finding rpc, config, cron, models;
};

// What the gateway says of itself in words (details, errors of plugins) is cleaned of `secrets`; what is
// compared with another report (ids, names, versions) stays as it is.
[[nodiscard]] nlohmann::json to_json(const ProbeReport& report, const base::Redaction& secrets);

// Asks, in this order: health (which goes over the WebSocket RPC, and so notices a gateway that answers HTTP
// while its RPC is dead, #151467), config, cron, models, and the version where HTTP told none.
// `begin` is told what is asked next and how long that may take.
void ask_gateway(const ProbeCommand& command,
                 const std::function<void(const std::string& what, std::chrono::seconds)>& begin,
                 ProbeReport& report);
// The first two of these: enough for a gateway that was only started to see whether it does.
void ask_health_and_config(const ProbeCommand& command,
                           const std::function<void(const std::string& what, std::chrono::seconds)>& begin,
                           ProbeReport& report);
// What needs no gateway.
void ask_config(const ProbeCommand& command, ProbeReport& report);

}  // namespace workers
