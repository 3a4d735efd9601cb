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

// Which entries of a unit's journal belong to one invocation, from the newest to the oldest. journald
// sometimes does not learn the invocation of a process that dies at once (seen on 252): what such a process
// has said belongs to the invocation of which the service manager tells next, namely that it ended.
class InvocationFilter {
 public:
  enum class Verdict { take, skip, stop };
  explicit InvocationFilter(std::string invocation) : wanted_(std::move(invocation)) {}
  // `by_manager`: it is the service manager's word about the unit. `invocation`: empty where it is not known.
  [[nodiscard]] Verdict look(bool by_manager, const std::string& invocation);

 private:
  std::string wanted_, newer_;
  bool seen_ = false;
};

// Printable, oldest first. No lines are no error: a gateway may say nothing, and a journal may be volatile.
[[nodiscard]] base::Result<std::vector<std::string>> read_journal(const std::string& unit,
                                                                  const std::string& invocation,
                                                                  const JournalLimits& limits = {});

// The last few, cut short, for a message.
[[nodiscard]] std::vector<std::string> last_of(const std::vector<std::string>& lines);

}  // namespace watchdog
