// SPDX-License-Identifier: MIT
// Taking an input apart, and looking at texts that came out.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace target {

// What stands between "\n%%\n" lines: one input for functions that take several. Always `count` parts, the
// last ones empty where there are fewer; the last one has the rest.
[[nodiscard]] std::vector<std::string_view> parts_of(std::string_view input, std::size_t count);

// Takes a number off the front: a byte, or 0 at the end.
[[nodiscard]] unsigned take_byte(std::string_view& input);

// Without control characters, escape sequences, and what turns the direction of a text; valid UTF-8.
[[nodiscard]] bool is_printable(std::string_view text);

// One component of a path: not empty, "." or "..", without '/' and NUL.
[[nodiscard]] bool is_plain_name(std::string_view text);

// The texts in a value, names of members included.
[[nodiscard]] bool all_printable(const nlohmann::json& value);

}  // namespace target
