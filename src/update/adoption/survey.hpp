// SPDX-License-Identifier: MIT
// Collects the facts before an adoption from the service manager and from the disk.
#pragma once

#include <string>

#include "base/result.hpp"
#include "bus/service_manager.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

// `package_root` empty: the package to which the unit's command leads, with links resolved. Success for a
// unit that does not exist, which its load_state shows, and for a command that leads to no package:
// plan_adoption() refuses both. `not_found` if there is no package in `package_root`; `refused` for a package
// inside `state_directory`, which belongs to the updater already. `own_user`: see AdoptionPlaces.
[[nodiscard]] base::Result<Installation> survey_installation(
    bus::ServiceManager& manager, const std::string& unit, const std::string& package_root,
    const std::string& state_directory, const std::string& proc = "/proc", const std::string& own_user = {});

// The parts of it that need no service manager: the processes in the control group, and where the command
// leads. `found` must have status, definition, and the account's home.
void observe_processes(Installation& found, const std::string& proc = "/proc");
[[nodiscard]] base::Result<void> understand_installation(Installation& found, const std::string& package_root,
                                                         const std::string& state_directory);

}  // namespace update
