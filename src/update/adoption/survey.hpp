// SPDX-License-Identifier: MIT
// What is there before an adoption: asked of the service manager, and read from the disk.
#pragma once

#include <string>

#include "base/result.hpp"
#include "bus/service_manager.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

// `package_root` empty: the package that the unit's command leads to, links resolved. Fine for an absent
// unit, whose load_state says so, and for a command that leads to none: plan_adoption() refuses both.
// `not_found` when there is no package in `package_root`; `refused` for a package within `state_directory`,
// which is ours already. `own_user`: AdoptionPlaces has it.
[[nodiscard]] base::Result<Installation> survey_installation(
    bus::ServiceManager& manager, const std::string& unit, const std::string& package_root,
    const std::string& state_directory, const std::string& proc = "/proc", const std::string& own_user = {});

// The parts of it that need no service manager: what the processes of its control group have, and what the
// command leads to. `found` has status, definition, and the account's home.
void observe_processes(Installation& found, const std::string& proc = "/proc");
[[nodiscard]] base::Result<void> understand_installation(Installation& found, const std::string& package_root,
                                                         const std::string& state_directory);

}  // namespace update
