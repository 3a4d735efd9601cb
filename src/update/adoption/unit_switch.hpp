// SPDX-License-Identifier: MIT
// Switches from a user unit to the system unit, and back. See moved_unit.hpp.
//
// After a kill at any time, one of the two units runs, and the same one is started again at the next boot:
// until the job for the switch is queued, nothing has changed, and after that, the service manager completes
// it.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"
#include "bus/service_manager.hpp"
#include "update/adoption/adoption.hpp"
#include "update/adoption/home_copy.hpp"
#include "update/adoption/moved_unit.hpp"
#include "update/workers.hpp"

namespace update {

// Writes the request, and starts `unit`, the system unit, which stops the user unit first. The files of the
// adoption exist, and systemd has read them. After an error, give_unit_back() has to be called.
[[nodiscard]] base::Result<void> move_to_system(bus::ServiceManager& manager, const AdoptionPlaces& places,
                                                const MovedUnit& moved, const std::string& unit,
                                                const TellStep& says);

// Stops `unit` and starts the user unit again; does nothing if it was not moved yet. If the user unit does
// not start, the system unit is started again: the error contains which one runs.
[[nodiscard]] base::Result<void> give_unit_back(bus::ServiceManager& manager, const AdoptionPlaces& places,
                                                const MovedUnit& moved, const std::string& unit,
                                                const TellStep& says);

// Makes the user's manager read /etc/systemd/user again; a manager that does not run reads it at its start.
void reload_user_manager(Workers& workers, const MovedUnit& moved);

}  // namespace update
