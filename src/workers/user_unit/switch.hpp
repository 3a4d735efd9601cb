// SPDX-License-Identifier: MIT
// Stopping and starting units of a user's own manager: those that have been moved to the system's, or are
// given back by it (contract::UserUnitMarks). Both are started by units of their own, which the system's
// gateway requires or conflicts with: what has been begun is finished by the service managers, whoever dies
// meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bus/service_manager.hpp"
#include "contract/envelope.hpp"

namespace workers::user_unit {

// It is down afterwards, and not failed: an error says why not. Fine for one that is not there.
[[nodiscard]] base::Result<void> stop_unit(bus::ServiceManager& manager, const std::string& unit);
// It runs afterwards.
[[nodiscard]] base::Result<void> start_unit(bus::ServiceManager& manager, const std::string& unit);

// Units named in that folder, of the user with that number.
[[nodiscard]] std::vector<std::string> units_of(const std::string& folder, unsigned user);

enum class Switch : std::uint8_t { stop_moved, start_returned };

// As root, first in such a unit: what is wished of that user's units is so from now on. Fine where nothing
// is.
[[nodiscard]] base::Result<void> settle_marks(Switch what, unsigned user,
                                              const contract::UserUnitMarks& marks);

// `stop_moved`, and else `start_returned`, for all of the calling user's, after a reload of their manager.
// Fine for a user without a manager who has nothing to start.
[[nodiscard]] base::Result<void> switch_units(Switch what);

}  // namespace workers::user_unit
