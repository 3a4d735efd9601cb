// SPDX-License-Identifier: MIT
// A gateway's log in which strangers write what its failures look like.
#pragma once

#include <string>
#include <vector>

#include "hostile_text.hpp"
#include "watchdog/signatures.hpp"

namespace words {

// What a failing gateway itself would print: for each row of the table that has a pattern.
struct Imitation {
  const char* signature;
  std::string line;
};
[[nodiscard]] const std::vector<Imitation>& imitations();

// What one process writes to its standard output in one piece.
struct Written {
  std::string text;
  bool by_main_process = true;
};

// Messages of a chat as OpenClaw prints them: behind the name of their channel, in a JSON object, in the
// middle of a line of its own, in the words of a tool. Whatever is in the message, it does not begin a line.
[[nodiscard]] std::vector<Written> chat(Draw& draw, std::size_t messages);
// The same, and some messages have line ends, behind which the imitation begins a line.
[[nodiscard]] std::vector<Written> chat_with_line_ends(Draw& draw, std::size_t messages);

// As journald keeps it, and as the watchdog reads it from there.
[[nodiscard]] std::vector<watchdog::Line> as_read_from_journal(const std::vector<Written>& written);

}  // namespace words
