// SPDX-License-Identifier: MIT
// Replaces a command that leads to OpenClaw by a shim, a shell or a version manager: it is written if it is
// certain what is run, and otherwise left to an operator.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

// Node and the start script in `root`, with the relevant programs in front of them and the arguments after
// them.
[[nodiscard]] std::vector<std::string> direct_command(const Installation& found, const std::string& root);

// Why direct_command() may differ from what the unit runs, as a clause for a message. Empty: it does not
// differ.
[[nodiscard]] std::string doubt_of_direct_command(const Installation& found);

// A note for an operator if the running process uses another package or Node than the next start will. Empty:
// it does not.
[[nodiscard]] std::string note_of_running_other(const Installation& found);

// A note for an operator: Node is started by another path than in the unit, because that path would not last.
// Empty: it is not.
[[nodiscard]] std::string note_of_fleeting_node(const Installation& found);

}  // namespace update
