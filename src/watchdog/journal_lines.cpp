// SPDX-License-Identifier: MIT
#include "watchdog/journal_lines.hpp"

#include <systemd/sd-journal.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <set>
#include <string_view>

#include "base/redaction.hpp"
#include "base/text.hpp"

namespace watchdog {
namespace {

using Clock = std::chrono::steady_clock;

struct CloseJournal {
  void operator()(sd_journal* journal) const { sd_journal_close(journal); }
};
using JournalPointer = std::unique_ptr<sd_journal, CloseJournal>;

constexpr std::size_t most_last_lines = 10, longest_last_line = 300;

// Empty if the entry has no such field.
std::string field_of(sd_journal* journal, const char* name) {
  const void* data = nullptr;
  std::size_t size = 0;
  if (sd_journal_get_data(journal, name, &data, &size) < 0) return "";
  const std::string_view text(static_cast<const char*>(data), size);
  const std::size_t equals = text.find('=');
  return equals == std::string_view::npos ? "" : std::string(text.substr(equals + 1));
}

std::int64_t pid_of(sd_journal* journal) {
  const std::string text = field_of(journal, "_PID");
  std::int64_t pid = 0;
  std::from_chars(text.data(), text.data() + text.size(), pid);
  return pid;
}

// systemd.journal-fields(7): "line-max", "nul"; "eof" and "pid-change" are ends of what somebody had to say.
bool is_broken_off(std::string_view line_break) {
  return line_break == "line-max" || line_break == "nul";
}

// Trusted fields, which journald itself adds to identify the sender of an entry. Fields with "told" are
// statements of the service manager about a unit; they count only in its own entries, because others can
// write them, too.
struct Fields {
  const char* unit;
  const char* told_unit;
  std::string manager;  // only in entries of the manager
  const char* told_invocation;
};
Fields fields_of(const JournalUnit& unit) {
  if (!unit.is_of_user) return {"_SYSTEMD_UNIT", "UNIT", "_PID=1", "INVOCATION_ID"};
  return {"_SYSTEMD_USER_UNIT", "USER_UNIT", "_SYSTEMD_USER_UNIT=init.scope", "USER_INVOCATION_ID"};
}

int match_unit(sd_journal* journal, const JournalUnit& unit) {
  const Fields fields = fields_of(unit);
  const std::string user = unit.is_of_user ? base::concat({"_UID=", std::to_string(::getuid())}) : "";
  int status = 0;
  const auto only = [&](const std::string& match) {
    if (status >= 0) status = sd_journal_add_match(journal, match.data(), match.size());
  };
  only(base::concat({fields.unit, "=", unit.name}));
  if (!user.empty()) only(user);
  if (status >= 0) status = sd_journal_add_disjunction(journal);
  only(base::concat({fields.told_unit, "=", unit.name}));
  only(fields.manager);
  if (!user.empty()) only(user);
  return status;
}

}  // namespace

InvocationFilter::Verdict InvocationFilter::look(bool by_manager, const std::string& invocation) {
  if (!invocation.empty()) newer_ = invocation;
  if (newer_.empty() || newer_ == wanted_) {
    seen_ = true;
    return by_manager ? Verdict::skip : Verdict::take;
  }
  return seen_ && by_manager ? Verdict::stop : Verdict::skip;
}

std::vector<Said> without_continuations(std::vector<Said> said) {
  std::set<std::string> broken_off;
  std::erase_if(said, [&](const Said& one) {
    const bool continues = !one.stream.empty() && broken_off.erase(one.stream) > 0;
    if (one.breaks_off) broken_off.insert(one.stream);
    return continues || one.text.empty();
  });
  return said;
}

std::vector<Line> lines_of(std::vector<Said> said, std::int64_t main_pid) {
  const bool main_speaks = std::ranges::find(said, main_pid, &Said::pid) != said.end();
  std::vector<Line> lines;
  for (Said& one : said) {
    const bool by_main_process = main_pid == 0 || !main_speaks || one.pid == main_pid;
    lines.push_back({std::move(one.text), by_main_process});
  }
  return lines;
}

std::optional<int> exit_status_in(std::string_view message, std::string_view code, std::string_view status) {
  int number = 0;
  const char* end = status.data() + status.size();
  const auto parsed = std::from_chars(status.data(), end, number);
  const bool is_main = message.find(": Main process exited") != std::string_view::npos;
  if (!is_main || code != "exited" || parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return number;
}

base::Result<Account> read_journal(const JournalUnit& unit, const std::string& invocation,
                                   std::int64_t main_pid, const JournalLimits& limits) {
  sd_journal* raw = nullptr;
  int status = sd_journal_open(&raw, SD_JOURNAL_LOCAL_ONLY);
  const JournalPointer journal(raw);
  if (status >= 0) status = match_unit(raw, unit);
  if (status >= 0) status = sd_journal_seek_tail(raw);
  if (status < 0) return base::fail_errno(-status, "cannot read the journal");
  // An entry is cut to our own limit, not to the 64 kB that a client may have written.
  static_cast<void>(sd_journal_set_data_threshold(raw, limits.bytes_a_line + 64));
  const Fields fields = fields_of(unit);
  Account account;
  std::vector<Said> said;
  InvocationFilter filter(invocation);
  const auto end = Clock::now() + limits.time;
  while (said.size() < limits.lines && Clock::now() < end && sd_journal_previous(raw) > 0) {
    const bool by_manager = field_of(raw, fields.unit) != unit.name;
    const std::string whose = field_of(raw, by_manager ? fields.told_invocation : "_SYSTEMD_INVOCATION_ID");
    const auto verdict = filter.look(by_manager, whose);
    if (verdict == InvocationFilter::Verdict::stop) break;
    const std::string message = field_of(raw, "MESSAGE");
    if (by_manager && whose == invocation && !account.exit_status) {
      account.exit_status = exit_status_in(message, field_of(raw, "EXIT_CODE"), field_of(raw, "EXIT_STATUS"));
    }
    if (verdict == InvocationFilter::Verdict::skip) continue;
    const bool breaks_off = is_broken_off(field_of(raw, "_LINE_BREAK"));
    // An empty one may be what continues another.
    said.push_back({base::printable(message, limits.bytes_a_line), pid_of(raw), field_of(raw, "_STREAM_ID"),
                    breaks_off});
  }
  // Of the oldest, it is not known whether an entry that was not read breaks off.
  const bool has_older = said.size() >= limits.lines || Clock::now() >= end;
  if (has_older && !said.empty()) said.pop_back();
  std::reverse(said.begin(), said.end());
  account.lines = lines_of(without_continuations(std::move(said)), main_pid);
  return account;
}

std::vector<std::string> last_of(const std::vector<Line>& lines) {
  std::vector<std::string> last;
  const std::size_t first = lines.size() - std::min(lines.size(), most_last_lines);
  for (std::size_t i = first; i < lines.size(); ++i) {
    last.push_back(base::redacted(lines[i].text, longest_last_line));
  }
  return last;
}

}  // namespace watchdog
