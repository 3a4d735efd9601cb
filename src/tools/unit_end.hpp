// SPDX-License-Identifier: MIT
// What to say of a unit of the updater whose run has recorded no outcome.
#pragma once

#include <string>

#include "base/result.hpp"
#include "bus/service_manager.hpp"

namespace tools {

// `ended`: the unit afterwards, which says how its process ended. A disk so full that no outcome could be
// written is named as such, with the exit status of a full disk (73); anything else is `unavailable` (69),
// and names the outcome that the unit had and could not record, if its exit status says which.
[[nodiscard]] base::Error without_outcome(const std::string& unit,
                                          const base::Result<bus::ServiceStatus>& ended);

}  // namespace tools
