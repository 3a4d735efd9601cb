// SPDX-License-Identifier: MIT
// Whether a release accepts the config and the database that it would start with: asked of its own code, on
// copies, before anything is stopped.
#pragma once

#include <string>

#include "base/result.hpp"
#include "contract/results.hpp"
#include "openclaw/gateway_environment.hpp"
#include "systemd/notify.hpp"
#include "workers/state/what_belongs.hpp"

namespace workers::state {

struct Validation {
  Place place;
  openclaw::GatewayEnvironment environment;  // a config may name its variables
  std::string package;                       // of the release
  std::string node;                          // that would run it
  std::string work;           // an existing folder of ours with room for a copy of the database
  std::string snapshot = {};  // whose database it is asked about; empty: the gateway's
};

// The release's code sees a state of its own under `work` with copies of the config, of .env files and of
// the plugins (without their dependencies: a plugin that is not there makes its channel unknown). It has the
// path of no live file, apart from what the config includes by an absolute path (copy.hpp).
[[nodiscard]] base::Result<contract::ReleaseValidated> validate(const Validation& validation,
                                                                systemd::Notifier& notifier);

// About the databases alone, and in the same way: of a state that another release has left.
[[nodiscard]] base::Result<contract::DatabaseVerdict> validate_database(const Validation& validation,
                                                                        systemd::Notifier& notifier);

}  // namespace workers::state
