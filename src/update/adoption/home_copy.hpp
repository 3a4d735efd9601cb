// SPDX-License-Identifier: MIT
// The copy of a home that a gateway's new user gets: made, and taken away again. See moved_home.hpp.
//
// Killed at any moment, give_home_back() finds what there is.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"
#include "update/adoption/accounts.hpp"
#include "update/adoption/moved_home.hpp"

namespace update {

using TellStep = std::function<void(const std::string& step)>;  // called when a step is on the disk; optional

// Is there room for the copy? `refused`, with what is needed, where there is not.
[[nodiscard]] base::Result<void> require_room_for_copy(const MovedHome& moved);

// Makes the user where that is planned, copies the items, and gives the copy its name in one rename. `busy`
// when something changed meanwhile: then nobody knows what the copy is of.
[[nodiscard]] base::Result<void> copy_home(const MovedHome& moved, Accounts& accounts, const TellStep& says);

struct HomeGivenBack {
  std::string kept;  // where the copy is now; empty: it was not used, and is gone
  bool user_is_gone = false;
  std::string user_kept;  // why the user that was made for it is still there; empty: it is not, or is others'
};
// Takes drafts away, sets the copy aside if it has served (as root's own: whoever gets the user's number
// later may not read it), removes it if not, and removes the user if it was made for it and nothing else is
// its.
[[nodiscard]] base::Result<HomeGivenBack> give_home_back(const MovedHome& moved, Accounts& accounts,
                                                         const TellStep& says);

}  // namespace update
