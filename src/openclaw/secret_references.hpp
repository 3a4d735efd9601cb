// SPDX-License-Identifier: MIT
// Where the config takes secrets from something else: {source, provider, id} in place of a text.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace openclaw {

// The keys ("gateway.auth.token") whose secret a command answers (source "exec"), with its provider's name in
// brackets. Such a command may need a network, which is not there in every place that the config is tried.
[[nodiscard]] std::vector<std::string> secrets_from_commands(const nlohmann::json& config);

}  // namespace openclaw
