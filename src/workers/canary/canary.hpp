// SPDX-License-Identifier: MIT
// The action of openclaw-canary: a real boot of a release on a copy of the gateway's config, plugins and
// databases, without a network, before the update changes anything about the live gateway.
//
// A successful boot shows that the release starts with this config, loads its plugins, accepts the databases,
// and answers HTTP and RPC. It cannot show that channels, model providers or anything else that needs a
// network work: they are verified after the start.
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "openclaw/gateway_environment.hpp"
#include "systemd/notify.hpp"
#include "workers/request.hpp"
#include "workers/state/what_belongs.hpp"

namespace workers {

struct Canary {
  state::Place place;
  openclaw::GatewayEnvironment environment;
  std::string package, node;         // of the release
  std::string version;               // that the release has to report
  std::string work;                  // a folder of this worker with room for a copy of the state
  std::uint16_t port = 0;            // free in the canary's network
  std::chrono::seconds deadline{0};  // to become ready
  bool shares_network = false;       // the network is that of the gateway
};

// A release that ends by itself before it is ready is booted once more, on a new copy that its own doctor has
// migrated (workers/state/migrate.hpp). If it becomes ready there, the result is that of the second boot,
// otherwise that of the first one.
//
// The request of boot_canary is contract::CanaryRequest. The result has the members of contract::CanaryBooted
// and, unless there is no config, those of contract::GatewayReport, like that of openclaw-probe.
[[nodiscard]] base::Result<nlohmann::json> boot(const Canary& canary, systemd::Notifier& notifier);
[[nodiscard]] base::Result<nlohmann::json> boot_canary(const Job& job);

}  // namespace workers
