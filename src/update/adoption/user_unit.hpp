// SPDX-License-Identifier: MIT
// What adopt --from-user finds, and makes of it; nothing is changed here. What it does: unit_switch.hpp; what
// it is for: moved_unit.hpp.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "contract/results.hpp"
#include "update/adoption/accounts.hpp"
#include "update/adoption/adoption.hpp"
#include "update/workers.hpp"

namespace update {

struct UserUnitOrder {
  std::string user;
  std::string unit;  // of that user's manager
  // What the config names outside of the state is not written into the unit, only told.
  bool strict = false;
};

// "openclaw-gateway.service", or of a profile "openclaw-gateway-P.service".
[[nodiscard]] std::string user_unit_of_profile(const std::string& profile);
// What the gateway is as a system unit.
[[nodiscard]] std::string system_unit_of(const AdoptionPlaces& places);

// Asks that user's manager, as that user. `refused`, with the next step, for a user without a manager, and
// for one that cannot be a gateway's.
[[nodiscard]] base::Result<contract::UserUnitFound> ask_for_user_unit(Workers& workers,
                                                                      const Account& account,
                                                                      const std::string& unit);

// Pure. `refused` or `not_found`, with the next step, for a unit that is not there, does not run, has changed
// since it was read, or is told to be where no unit of that user is; and for secrets that only its unit or a
// file in reach of the user gives it: `known_secrets` are names in the file that the system unit reads.
struct UserUnitPlan {
  Installation found;  // as the system unit will have it; the package is not looked for yet
  std::vector<std::string> notes;
};
[[nodiscard]] base::Result<UserUnitPlan> plan_user_unit(const contract::UserUnitFound& seen,
                                                        const Account& account, const UserUnitOrder& order,
                                                        const std::vector<std::string>& known_secrets,
                                                        const AdoptionPlaces& places);

// All of it, for what is there now.
[[nodiscard]] base::Result<UserUnitPlan> survey_user_unit(bus::ServiceManager& manager, Workers& workers,
                                                          Accounts& accounts, const UserUnitOrder& order,
                                                          const AdoptionPlaces& places);

}  // namespace update
