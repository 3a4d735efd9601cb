// SPDX-License-Identifier: MIT
// The change from a user's own unit to the system's, and back. See moved_unit.hpp.
//
// Killed at any moment, one of both runs, and is the one that would be started again: until the job of the
// change is queued nothing has changed, and after that it is the service manager's to end it.
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

// Writes the wish, and starts `unit`, the system's, which stops the user's first. The files of the adoption
// are there, and read by systemd. An error leaves it to give_unit_back().
[[nodiscard]] base::Result<void> move_to_system(bus::ServiceManager& manager, const AdoptionPlaces& places,
                                                const MovedUnit& moved, const std::string& unit,
                                                const TellStep& says);

// Ends `unit` and starts the user's again; nothing where it was not moved yet. Where the user's does not
// start, the system's is started again as it was: an error says which one runs.
[[nodiscard]] base::Result<void> give_unit_back(bus::ServiceManager& manager, const AdoptionPlaces& places,
                                                const MovedUnit& moved, const std::string& unit,
                                                const TellStep& says);

// Has the user's manager read again what is below /etc/systemd/user; one that does not run reads it when it
// starts.
void reload_user_manager(Workers& workers, const MovedUnit& moved);

}  // namespace update
