// SPDX-License-Identifier: MIT
// The action of openclaw-canary: a release boots for real, on a copy of the gateway's config, plugins and
// databases, in a network of its own, before the live gateway is touched.
//
// It proves that the release starts with this config, loads its plugins, takes over the databases and answers
// HTTP and RPC. It cannot prove channels, model providers or anything else that needs a network: those are
// left to the verification after the start.
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
  std::string version;               // that it has to answer with
  std::string work;                  // a folder of ours with room for a copy of the state
  std::uint16_t port = 0;            // free in this network
  std::chrono::seconds deadline{0};  // to become ready
  bool shares_network = false;       // it is the gateway's, too
};

// A release that ends by itself before it is ready is given one more boot, on a new copy that its own doctor
// has migrated (workers/state/migrate.hpp). Where it becomes ready there, that boot is the result, otherwise
// the first one.
//
// boot_canary is asked contract::CanaryRequest. The result has the members of contract::GatewayReport, as
// that of openclaw-probe, unless there is no config, and those of contract::CanaryBooted.
[[nodiscard]] base::Result<nlohmann::json> boot(const Canary& canary, systemd::Notifier& notifier);
[[nodiscard]] base::Result<nlohmann::json> boot_canary(const Job& job);

}  // namespace workers
