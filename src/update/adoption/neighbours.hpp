// SPDX-License-Identifier: MIT
// Who else on this host has to do with the package that an adoption copies: processes of any user that put
// another one in its place meanwhile, and other units that run from it.
//
// Nothing of ours touches that package, then or later: it is copied, and what is fetched and pruned are
// releases.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

// `busy` for a process that replaces the package, of whatever unit, session or user, by number, user and
// command: a copy of it would be half of one version and half of another.
[[nodiscard]] base::Result<void> require_package_at_rest(const std::string& package_root,
                                                         const std::string& proc = "/proc");

// Processes that update an OpenClaw of which it does not show which one it is; and units, of the system or of
// a user, that run this one and go on with it.
[[nodiscard]] std::vector<std::string> notes_of_neighbours(const Installation& found,
                                                           const std::string& proc = "/proc");

// What tells a package from one that somebody has put in its place, or changed, since.
[[nodiscard]] std::string stamp_of_package(const std::string& package_root);

}  // namespace update
