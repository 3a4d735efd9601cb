// SPDX-License-Identifier: MIT
// Whether a release accepts the config and the database that it would start with. Its own code is asked, on
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
  std::string node;                          // that will run it
  std::string work;           // an existing folder of this worker with room for a copy of the database
  std::string snapshot = {};  // whose database it is asked about; empty: that of the gateway
};

// The release's code gets a separate state in `work` with copies of the config, of .env files and of the
// plugins (without their dependencies; a missing plugin would make its channel unknown). It gets no path of a
// live file, except for files that the config includes by an absolute path (copy.hpp).
[[nodiscard]] base::Result<contract::ReleaseValidated> validate(const Validation& validation,
                                                                systemd::Notifier& notifier);

// The same for the databases alone, of a state that another release has left.
[[nodiscard]] base::Result<contract::DatabaseVerdict> validate_database(const Validation& validation,
                                                                        systemd::Notifier& notifier);

// Both work in a folder of their own in `work`, a copy of the database in it; the next one removes what a
// killed one has left. For those who may not ask again:
[[nodiscard]] base::Result<void> remove_former_validations(const std::string& work);

}  // namespace workers::state
