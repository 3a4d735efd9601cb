// SPDX-License-Identifier: MIT
// What adopt --to-user would do to a gateway that runs as root; nothing is changed here. What it does:
// home_copy.hpp; what it is for: moved_home.hpp.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "update/adoption/accounts.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

struct HomeMove {
  MovedHome moved;
  std::vector<std::string> notes;  // what a person has to know, or to do
};

// `refused`, with the commands that mend it: a unit that does not run as root, a user that cannot be a
// gateway's, a state outside of the home, a Node or another program in the home, an agent's workspace that is
// the home itself, a place that is taken.
[[nodiscard]] base::Result<HomeMove> plan_home_move(const Installation& found, const std::string& user,
                                                    Accounts& accounts, const AdoptionPlaces& places);

// `found` as it is with that user: what plan_adoption makes files of.
void run_as_its_user(Installation& found, const MovedHome& moved);

// How openclaw is called for the gateway afterwards, as a shell's command.
[[nodiscard]] std::string command_line_of(const MovedHome& moved, const std::string& node,
                                          const std::string& current);

}  // namespace update
