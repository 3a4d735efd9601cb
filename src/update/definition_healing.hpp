// SPDX-License-Identifier: MIT
// What becomes of the unit's definition when somebody changes it during an update.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "update/definition.hpp"
#include "update/setup.hpp"

namespace update {

// Against what was kept before the stop.
[[nodiscard]] base::Result<std::vector<ChangedFile>> changes_of_definition(const Setup& setup,
                                                                           const Context& context);

// Environment keys that the definition had and has no more: ", " between them.
[[nodiscard]] std::string missing_keys(const Setup& setup, const Context& context);

// Puts back what costs the gateway something: its unit file, a variable, the release that it starts; and
// everything where it does not start at all (`starts` false). Whatever else was written there is somebody's
// decision about their gateway, and stays. Answers whether something was put back; notes tell of both.
[[nodiscard]] base::Result<bool> heal_definition(const Setup& setup, Context& context, bool starts);

// Puts everything back that may be, as a rollback does, and notes what, and where the other version is.
[[nodiscard]] base::Result<bool> put_definition_back(const Setup& setup, Context& context);

}  // namespace update
