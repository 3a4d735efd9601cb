// SPDX-License-Identifier: MIT
// The syntax of the .env files that OpenClaw reads: that of the npm package dotenv (17.4.2 in 2026.4.20 to
// 2026.9.6).
#pragma once

#include <string_view>

#include "base/environment.hpp"

namespace openclaw {

// NAME=value, "export NAME=value" and "NAME: value", one a line. A value in '', "" or `` may span lines, and
// in "" a \n or \r is a line's end; without quotes it ends at a #. Of two assignments the later one counts.
// What is no assignment is passed over, and so is a name that no program could have in its environment
// ("a-b").
[[nodiscard]] base::Environment parse_dotenv(std::string_view text);

}  // namespace openclaw
