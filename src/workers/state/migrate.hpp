// SPDX-License-Identifier: MIT
// A state that is brought to what a release needs by the release itself: `openclaw doctor --non-interactive
// --fix`, which OpenClaw's own updater runs after it has replaced the package (2026.4.26 and later).
//
// 2026.8.1 to 2026.9.5 do not start beside the session store of an earlier release before that, and 2026.9.6
// not beside its credentials.
#pragma once

#include <string>

#include "base/environment.hpp"
#include "base/redaction.hpp"
#include "base/result.hpp"
#include "contract/results.hpp"
#include "openclaw/gateway_environment.hpp"
#include "systemd/notify.hpp"
#include "workers/state/what_belongs.hpp"

namespace workers::state {

struct Doctor {
  std::string package, node;  // of the release
};

// Runs it in `directory`, with a whole environment that leads it to the state. It touches no unit and asks
// nobody. At most 30 minutes, and 5 without a sign of life.
[[nodiscard]] base::Result<contract::StateMigrated> run_doctor(const Doctor& doctor,
                                                               const base::Environment& environment,
                                                               const std::string& directory,
                                                               const base::Redaction& redaction,
                                                               systemd::Notifier& notifier);

// On the gateway's own state, while the gateway is stopped.
[[nodiscard]] base::Result<contract::StateMigrated> migrate(const Place& place,
                                                            const openclaw::GatewayEnvironment& environment,
                                                            const Doctor& doctor,
                                                            systemd::Notifier& notifier);

}  // namespace workers::state
