// SPDX-License-Identifier: MIT
// Stages the plugin dependencies of a release that is not current yet, while the current one serves.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

#include "base/result.hpp"
#include "openclaw/gateway_environment.hpp"
#include "systemd/notify.hpp"

namespace workers::state {

// Returns contract::ReleaseStaged. "staged" false: nothing was changed, and `plugins` lists what will be
// missing, because staging this release would change what the running one uses. That is so for 2026.5.2 and
// later, where plugins are in OpenClaw's own state, which its installer would migrate, and where a plugin
// view (4.15-4.21) is in use. The hook of the gateway's unit stages them at the start. `gateway`: its name,
// which selects its settings, if it has one.
[[nodiscard]] base::Result<nlohmann::json> stage_release(const std::string& package,
                                                         const std::string& service_state,
                                                         openclaw::GatewayEnvironment environment,
                                                         const std::string& gateway,
                                                         systemd::Notifier& notifier);

}  // namespace workers::state
