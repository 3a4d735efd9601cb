// SPDX-License-Identifier: MIT
// What an update does if the unit's definition changes during the update.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "update/definition.hpp"
#include "update/setup.hpp"

namespace update {

// Compared with the copy from before the stop.
[[nodiscard]] base::Result<std::vector<ChangedFile>> changes_of_definition(const Setup& setup,
                                                                           const Context& context);

// Environment keys that the definition had before and no longer has, separated by ", ". An error if it is not
// known which ones an environment file sets.
[[nodiscard]] base::Result<std::string> missing_keys(const Setup& setup, const Context& context);

// Restores what the gateway lacks: its unit file, a variable, the release that it starts. Restores everything
// if the gateway does not start at all (`starts` false). Other changes are decisions of their authors, and
// are kept; also if it is not known whether the gateway lacks something. Returns whether something was
// restored; notes report both.
[[nodiscard]] base::Result<bool> heal_definition(const Setup& setup, Context& context, bool starts);

// Restores everything for which this is permitted, as in a rollback, and adds notes about what was restored
// and where the other versions are.
[[nodiscard]] base::Result<bool> put_definition_back(const Setup& setup, Context& context);

}  // namespace update
