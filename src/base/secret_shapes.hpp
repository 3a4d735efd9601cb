// SPDX-License-Identifier: MIT
// Secrets that can be told by how they are written, for redaction.cpp.
#pragma once

#include <string>
#include <string_view>

namespace base {

inline constexpr std::string_view redaction_mark = "***";

// Whether the name of a setting, an option or a variable says that its value is one: accessToken, _auth,
// DB_PASSWORD; or might say so (key, session), and the value looks like one.
[[nodiscard]] bool is_named_secret(std::string_view name, std::string_view value);

// `line` is printable text without line ends.
[[nodiscard]] std::string without_secret_shapes(std::string_view line);

}  // namespace base
