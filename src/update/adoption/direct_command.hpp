// SPDX-License-Identifier: MIT
// The command that takes the place of one which leads to OpenClaw by a shim, a shell or a version manager:
// written where it is certain what that runs, and left to a person where it is not.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

// Node and the start script in `root`, with what does something in front of them and the arguments after.
[[nodiscard]] std::vector<std::string> direct_command(const Installation& found, const std::string& root);

// Why direct_command() may be another than what the unit runs: a clause for a message. Empty: it is the same.
[[nodiscard]] std::string doubt_of_direct_command(const Installation& found);

// What the process that runs says about it, for a person: of another package or Node than the next start
// will have. Empty: it has none but those.
[[nodiscard]] std::string note_of_running_other(const Installation& found);

// For a person: Node is started by another path than the unit has it, which would not last. Empty: it is not.
[[nodiscard]] std::string note_of_fleeting_node(const Installation& found);

}  // namespace update
