// SPDX-License-Identifier: MIT
// The plugin dependencies of a release that is not the current one yet, staged while the current one serves.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

#include "base/result.hpp"
#include "openclaw/gateway_environment.hpp"
#include "systemd/notify.hpp"

namespace workers::state {

// Answers contract::ReleaseStaged. "staged" false: nothing was changed and `plugins` is what will be missing,
// since staging this release would change what the running one uses. That is so for 2026.5.2 and later, where
// plugins live in OpenClaw's own state and its installer would migrate that, and where a plugin view
// (4.15-4.21) is in use. The hook of the gateway's unit does it at the start. `gateway`: its name, if it has
// one, by which it has settings of its own.
[[nodiscard]] base::Result<nlohmann::json> stage_release(const std::string& package,
                                                         const std::string& service_state,
                                                         openclaw::GatewayEnvironment environment,
                                                         const std::string& gateway,
                                                         systemd::Notifier& notifier);

}  // namespace workers::state
