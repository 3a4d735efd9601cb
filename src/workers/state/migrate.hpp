// SPDX-License-Identifier: MIT
// Migrates a state with the release's own command, `openclaw doctor --non-interactive --fix`, which
// OpenClaw's own updater runs after it has replaced the package (2026.4.26 and later).
//
// Without it, 2026.8.1 to 2026.9.5 do not start with the session store of an earlier release, and 2026.9.6
// not with its credentials.
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

// Runs the doctor in `directory`, with a complete environment that names the state. It changes no unit and
// asks no questions. At most 30 minutes, and 5 minutes without output.
[[nodiscard]] base::Result<contract::StateMigrated> run_doctor(const Doctor& doctor,
                                                               const base::Environment& environment,
                                                               const std::string& directory,
                                                               const base::Redaction& redaction,
                                                               systemd::Notifier& notifier);

// On the gateway's own state, while the gateway is stopped; in `directory`, whose .env OpenClaw reads.
[[nodiscard]] base::Result<contract::StateMigrated> migrate(const Place& place,
                                                            const openclaw::GatewayEnvironment& environment,
                                                            const Doctor& doctor,
                                                            const std::string& directory,
                                                            systemd::Notifier& notifier);

}  // namespace workers::state
