// SPDX-License-Identifier: MIT
// What a package.json says, beyond what base/json.hpp reads of any JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "openclaw/package.hpp"

namespace openclaw {

// "dependencies" with "optionalDependencies" over them, as written; what is no string is left out.
[[nodiscard]] Dependencies all_dependencies(const nlohmann::json& package_json);

}  // namespace openclaw
