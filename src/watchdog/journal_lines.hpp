// SPDX-License-Identifier: MIT
// What a unit wrote in one invocation, from the journal's end backwards: a few hundred lines, and no more
// time than a busy event loop can spare.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "watchdog/signatures.hpp"

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

// Of an entry, what is known of who made it by the journal itself: nobody but the kernel and journald can say
// it.
struct Said {
  std::string text;  // printable
  std::int64_t pid = 0;
};

// Whose lines they are, where the main process was `main_pid` (0: not known). One that says nothing, a shell
// that has started the gateway, is not the one to go by: all lines count then.
[[nodiscard]] std::vector<Line> lines_of(std::vector<Said> said, std::int64_t main_pid);

// Of the service manager's own entry about the end of a main process: its exit status; nothing of a control
// process, or where a signal has ended it. `code` and `status` are EXIT_CODE= and EXIT_STATUS=.
[[nodiscard]] std::optional<int> exit_status_in(std::string_view message, std::string_view code,
                                                std::string_view status);

// What one invocation has left.
struct Account {
  std::vector<Line> lines;         // oldest first
  std::optional<int> exit_status;  // of its main process, if the service manager has told of it
};

// Whose it is: a unit of the system's service manager, or of the calling user's own.
struct JournalUnit {
  std::string name;
  bool is_of_user = false;
};

// No lines are no error: a gateway may say nothing, and a journal may be volatile, or not the user's to read.
[[nodiscard]] base::Result<Account> read_journal(const JournalUnit& unit, const std::string& invocation,
                                                 std::int64_t main_pid, const JournalLimits& limits = {});

// The last few, cut short, for a message.
[[nodiscard]] std::vector<std::string> last_of(const std::vector<Line>& lines);

}  // namespace watchdog
