// SPDX-License-Identifier: MIT
// OpenClaw's config is JSON5: comments, trailing commas, unquoted keys, single quotes.
#pragma once

#include <nlohmann/json.hpp>

#include <string_view>

#include "base/result.hpp"

namespace openclaw {

// For openclaw.json; the message gives line and column. Its limits are those of base/json.hpp.
[[nodiscard]] base::Result<nlohmann::json> parse_json5(std::string_view text, std::string_view name);

}  // namespace openclaw
