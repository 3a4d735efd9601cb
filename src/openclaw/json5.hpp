// OpenClaw's config is JSON5: comments, trailing commas, unquoted keys, single quotes.
#pragma once

#include <nlohmann/json.hpp>

#include <string_view>

#include "base/result.hpp"

namespace openclaw {

// Strict JSON for package.json files and OpenClaw's own records. `name` is for the message, which gives the
// byte position. Depth is limited to 256.
[[nodiscard]] base::Result<nlohmann::json> parse_json(std::string_view text, std::string_view name);
// JSON5 for openclaw.json; the message gives line and column.
[[nodiscard]] base::Result<nlohmann::json> parse_json5(std::string_view text, std::string_view name);

}  // namespace openclaw
