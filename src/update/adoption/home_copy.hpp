// SPDX-License-Identifier: MIT
// Creates and removes the copy of a home for a gateway's new user. See moved_home.hpp.
//
// After a kill at any time, give_home_back() finds what exists.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"
#include "update/adoption/accounts.hpp"
#include "update/adoption/moved_home.hpp"

namespace update {

using TellStep = std::function<void(const std::string& step)>;  // called when a step is on the disk; optional

// `refused`, with the required space, if there is not enough for the copy.
[[nodiscard]] base::Result<void> require_room_for_copy(const MovedHome& moved);

// Creates the user if this is planned, copies the items, and gives the copy its name by one rename. `busy` if
// something changed meanwhile, because the copy would then be inconsistent.
[[nodiscard]] base::Result<void> copy_home(const MovedHome& moved, Accounts& accounts, const TellStep& says);

struct HomeGivenBack {
  std::string kept;  // where the copy is now; empty: it was not used, and was removed
  bool user_is_gone = false;
  std::string user_kept;  // why the created user still exists; empty: removed, or not created
};
// Removes drafts. Sets the copy aside if it was used (owned by root, so a later user with the same number
// cannot read it), otherwise removes it. Removes the user if it was created for the gateway and nothing else
// belongs to it.
[[nodiscard]] base::Result<HomeGivenBack> give_home_back(const MovedHome& moved, Accounts& accounts,
                                                         const TellStep& says);

}  // namespace update
