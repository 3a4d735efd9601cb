// SPDX-License-Identifier: MIT
// Other processes and units that use the package which an adoption copies: processes of any user that replace
// it meanwhile, and other units that run from it.
//
// This suite never changes that package: it is copied, and only releases are fetched and pruned.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

// `busy`, with PID, user and command, for a process of any unit, session or user that replaces the package: a
// copy would be a mixture of two versions.
[[nodiscard]] base::Result<void> require_package_at_rest(const std::string& package_root,
                                                         const std::string& proc = "/proc");

// Notes about processes that update an OpenClaw, if it is unknown which one; and about units, of the system
// or of a user, that run this package and will continue to do so.
[[nodiscard]] std::vector<std::string> notes_of_neighbours(const Installation& found,
                                                           const std::string& proc = "/proc");

// Identifies the state of a package, to detect that it was replaced or changed.
[[nodiscard]] std::string stamp_of_package(const std::string& package_root);

}  // namespace update
