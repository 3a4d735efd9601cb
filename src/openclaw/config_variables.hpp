// SPDX-License-Identifier: MIT
// The variables that the config sets (its "env" section), and the names of variables that OpenClaw takes from
// some places only.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

#include "base/environment.hpp"

namespace openclaw {

// env.vars.NAME, and env.NAME, which wins; without values that are blank or name a variable ("${OTHER}"), and
// without the names that no config may set. A variable that is set already wins over them.
[[nodiscard]] base::Environment config_variables(const nlohmann::json& config);

[[nodiscard]] bool may_be_set_by_config(std::string_view name, std::string_view value);
// A file of the working directory may be untrusted, such as a cloned repository: variables that steer
// OpenClaw, another program, or their peers on the network, are not taken from there.
[[nodiscard]] bool may_be_set_by_working_directory(std::string_view name);

}  // namespace openclaw
