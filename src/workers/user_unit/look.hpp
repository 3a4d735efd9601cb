// SPDX-License-Identifier: MIT
// Describes a user's own unit of a gateway, from the manager of that user and from that user's files.
#pragma once

#include <string>

#include "base/result.hpp"
#include "bus/service_manager.hpp"
#include "contract/results.hpp"

namespace workers::user_unit {

// A unit that does not exist is not an error: its load_state shows it. Reads as the user to whom the unit
// belongs, and follows links. Values that look like secrets are omitted, and their names are reported. `proc`
// is /proc.
[[nodiscard]] base::Result<contract::UserUnitFound> look_at(bus::ServiceManager& manager,
                                                            const std::string& unit,
                                                            const std::string& proc = "/proc");

}  // namespace workers::user_unit
