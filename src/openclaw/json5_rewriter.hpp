// SPDX-License-Identifier: MIT
// JSON5 rewritten as JSON in one pass: one place (the JSON parser) builds values, and this one stays small
// enough to be read against the specification (https://spec.json5.org).
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace openclaw {

// Comments, trailing commas, keys without quotes, single quotes, escapes, line continuations and every
// spelling of a number; Infinity and NaN, which JSON lacks, become null. `name` is for the message, which
// gives line and column.
[[nodiscard]] base::Result<std::string> json5_to_json(std::string_view text, std::string_view name);

}  // namespace openclaw
