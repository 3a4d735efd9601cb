// What is there before an adoption: asked of the service manager, and read from the disk.
#pragma once

#include <string>

#include "base/result.hpp"
#include "systemd/bus.hpp"
#include "update/adoption.hpp"

namespace update {

// `package_root` empty: the package that the unit's command runs, links resolved. Fine for an absent unit:
// its load_state says so, and plan_adoption() refuses it. `not_found` when the command names no package, or
// when there is none in `package_root`; `refused` for a package within `state_directory`, which is ours
// already.
[[nodiscard]] base::Result<Installation> survey_installation(systemd::ServiceManager& manager,
                                                             const std::string& unit,
                                                             const std::string& package_root,
                                                             const std::string& state_directory);

}  // namespace update
