// SPDX-License-Identifier: MIT
// Stops and starts units of a user's own manager: those that have been moved to the system manager, or are
// returned from it (contract::UserUnitMarks). Separate units run both, which the system's gateway requires or
// conflicts with: the service managers complete what has begun, even if a program dies meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bus/service_manager.hpp"
#include "contract/envelope.hpp"

namespace workers::user_unit {

// The unit is down afterwards, and not failed; an error contains the reason. Success if it does not exist.
[[nodiscard]] base::Result<void> stop_unit(bus::ServiceManager& manager, const std::string& unit);
// The unit runs afterwards.
[[nodiscard]] base::Result<void> start_unit(bus::ServiceManager& manager, const std::string& unit);

// The units in that folder that belong to the user with this number.
[[nodiscard]] base::Result<std::vector<std::string>> units_of(const std::string& folder, unsigned user);

enum class Switch : std::uint8_t { stop_moved, start_returned };

// Run as root, first in such a unit: confirms the request for the units of this user. Success if there is no
// request.
[[nodiscard]] base::Result<void> settle_marks(Switch what, unsigned user,
                                              const contract::UserUnitMarks& marks);

// `stop_moved`, otherwise `start_returned`, for all units of the calling user, after a reload of their
// manager. Success for a user without a manager if there is nothing to start.
[[nodiscard]] base::Result<void> switch_units(Switch what);

}  // namespace workers::user_unit
