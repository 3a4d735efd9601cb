// SPDX-License-Identifier: MIT
// What a unit logged in one invocation, read backwards from the end of the journal: a few hundred lines, and
// only for as long as an event loop may be blocked.
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

// Which entries of a unit belong to one invocation, from the newest to the oldest. journald sometimes does
// not learn the invocation of a process that dies at once (seen on 252): the lines of such a process belong
// to the invocation in the next message of the service manager, which reports its end.
class InvocationFilter {
 public:
  enum class Verdict { take, skip, stop };
  explicit InvocationFilter(std::string invocation) : wanted_(std::move(invocation)) {}
  // `by_manager`: the entry is the service manager's message about the unit. `invocation`: empty if unknown.
  [[nodiscard]] Verdict look(bool by_manager, const std::string& invocation);

 private:
  std::string wanted_, newer_;
  bool seen_ = false;
};

// An entry, with its sender as the kernel and journald report it, which no client can forge.
struct Said {
  std::string text;  // printable
  std::int64_t pid = 0;
  std::string stream = {};  // of standard output and error; empty: the entry was sent as a whole
  bool breaks_off =
      false;  // before the end of the line: journald continues the line in the stream's next entry
};

// journald ends an entry at 48 kB (LineMax=) and at a NUL. What follows is the middle of a line, such as of a
// long message that somebody has sent to the gateway, and does not show whose it is. It is removed; `said` is
// oldest first. journald stores nothing for an empty rest: after a line that ends with a NUL, the next one is
// removed though it is whole. So a message can hide a line of the gateway, but not imitate one.
[[nodiscard]] std::vector<Said> without_continuations(std::vector<Said> said);

// The lines with their senders; the main process was `main_pid` (0: unknown). If the main process logs
// nothing, as a shell that has started the gateway, all lines count as its own.
[[nodiscard]] std::vector<Line> lines_of(std::vector<Said> said, std::int64_t main_pid);

// The exit status, from the service manager's own entry about the end of a main process; nothing for a
// control process, or if a signal ended it. `code` and `status` are EXIT_CODE= and EXIT_STATUS=.
[[nodiscard]] std::optional<int> exit_status_in(std::string_view message, std::string_view code,
                                                std::string_view status);

// What is recorded of one invocation.
struct Account {
  std::vector<Line> lines;         // oldest first
  std::optional<int> exit_status;  // of its main process, if the service manager reported it
};

// The unit, and the service manager that it belongs to: that of the system or that of the calling user.
struct JournalUnit {
  std::string name;
  bool is_of_user = false;
};

// No lines are not an error: a gateway may log nothing, and the journal may be volatile or not readable for
// the user.
[[nodiscard]] base::Result<Account> read_journal(const JournalUnit& unit, const std::string& invocation,
                                                 std::int64_t main_pid, const JournalLimits& limits = {});

// The last few lines, truncated, for a message.
[[nodiscard]] std::vector<std::string> last_of(const std::vector<Line>& lines);

}  // namespace watchdog
