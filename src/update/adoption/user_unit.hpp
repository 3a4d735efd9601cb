// SPDX-License-Identifier: MIT
// Plans adopt --from-user; changes nothing. unit_switch.hpp carries it out; moved_unit.hpp has the design.
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
  std::string unit;  // in that user's manager
  // Paths outside of the state in the config are only reported, and not written into the unit.
  bool strict = false;
};

// "openclaw-gateway.service", or "openclaw-gateway-P.service" for the profile P.
[[nodiscard]] std::string user_unit_of_profile(const std::string& profile);
// The system unit of the gateway.
[[nodiscard]] std::string system_unit_of(const AdoptionPlaces& places);

// Asks that user's manager, as that user. `refused`, with the next step, for a user without a manager, and
// for a user that is not suitable for a gateway.
[[nodiscard]] base::Result<contract::UserUnitFound> ask_for_user_unit(Workers& workers,
                                                                      const Account& account,
                                                                      const std::string& unit);

// Without side effects. `refused` or `not_found`, with the next step, if the unit does not exist, does not
// run, has changed since it was read, or is reported in a control group that is not that user's; also for
// secrets that are only in its unit or in a file that the user can change: `known_secrets` are the names in
// the file that the system unit reads.
struct UserUnitPlan {
  Installation found;  // as it will be for the system unit; the package is determined later
  std::vector<std::string> notes;
};
[[nodiscard]] base::Result<UserUnitPlan> plan_user_unit(const contract::UserUnitFound& seen,
                                                        const Account& account, const UserUnitOrder& order,
                                                        const std::vector<std::string>& known_secrets,
                                                        const AdoptionPlaces& places);

// All of these steps for the present situation.
[[nodiscard]] base::Result<UserUnitPlan> survey_user_unit(bus::ServiceManager& manager, Workers& workers,
                                                          Accounts& accounts, const UserUnitOrder& order,
                                                          const AdoptionPlaces& places);

}  // namespace update
