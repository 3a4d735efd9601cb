// SPDX-License-Identifier: MIT
// Plans what adopt --to-user does to a gateway that runs as root; changes nothing. home_copy.hpp carries it
// out; moved_home.hpp has the design.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "update/adoption/accounts.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

struct HomeMove {
  MovedHome moved;
  std::vector<std::string> notes;  // information for an operator, possibly with a next step
};

// `refused`, with the commands that solve it: a unit that does not run as root, a user that is not suitable
// for a gateway, a state outside of the home, a Node or another program in the home, an agent's workspace
// that is the home itself, a place that is taken.
[[nodiscard]] base::Result<HomeMove> plan_home_move(const Installation& found, const std::string& user,
                                                    Accounts& accounts, const AdoptionPlaces& places);

// Changes `found` to the situation with that user, for which plan_adoption makes the files.
void run_as_its_user(Installation& found, const MovedHome& moved);

// The command line of openclaw for the adopted gateway, for a shell.
[[nodiscard]] std::string command_line_of(const MovedHome& moved, const std::string& node,
                                          const std::string& current);

}  // namespace update
