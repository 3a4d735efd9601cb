// SPDX-License-Identifier: MIT
// What a user's own unit of a gateway is: by the manager of that user, and by that user's files.
#pragma once

#include <string>

#include "base/result.hpp"
#include "bus/service_manager.hpp"
#include "contract/results.hpp"

namespace workers::user_unit {

// No error for a unit that is not there: its load_state says so. Reads as the user whose unit it is, links
// followed. Values that look like secrets are left out, and named. `proc` is /proc.
[[nodiscard]] base::Result<contract::UserUnitFound> look_at(bus::ServiceManager& manager,
                                                            const std::string& unit,
                                                            const std::string& proc = "/proc");

}  // namespace workers::user_unit
