// What a unit wrote in one invocation, from the journal's end backwards: a few hundred lines, and no more
// time than a busy event loop can spare.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace watchdog {

struct JournalLimits {
  std::size_t lines = 500;
  std::size_t bytes_a_line = 1000;
  std::chrono::milliseconds time{300};
};

// Printable, oldest first. No lines are no error: a gateway may say nothing, and a journal may be volatile.
[[nodiscard]] base::Result<std::vector<std::string>> read_journal(const std::string& unit,
                                                                  const std::string& invocation,
                                                                  const JournalLimits& limits = {});

// The last few, cut short, for a message.
[[nodiscard]] std::vector<std::string> last_of(const std::vector<std::string>& lines);

}  // namespace watchdog
