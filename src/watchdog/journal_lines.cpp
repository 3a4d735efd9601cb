#include "watchdog/journal_lines.hpp"

#include <systemd/sd-journal.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "base/text.hpp"

namespace watchdog {
namespace {

using Clock = std::chrono::steady_clock;

struct CloseJournal {
  void operator()(sd_journal* journal) const { sd_journal_close(journal); }
};
using JournalPointer = std::unique_ptr<sd_journal, CloseJournal>;

constexpr std::size_t most_last_lines = 10, longest_last_line = 300;

std::string message_of(sd_journal* journal, std::size_t limit) {
  constexpr std::string_view field = "MESSAGE=";
  const void* data = nullptr;
  std::size_t size = 0;
  if (sd_journal_get_data(journal, "MESSAGE", &data, &size) < 0 || size < field.size()) return "";
  return base::printable({static_cast<const char*>(data) + field.size(), size - field.size()}, limit);
}

}  // namespace

base::Result<std::vector<std::string>> read_journal(const std::string& unit, const std::string& invocation,
                                                    const JournalLimits& limits) {
  sd_journal* raw = nullptr;
  int status = sd_journal_open(&raw, SD_JOURNAL_LOCAL_ONLY);
  const JournalPointer journal(raw);
  const auto only = [&](const std::string& match) {
    if (status >= 0) status = sd_journal_add_match(raw, match.data(), match.size());
  };
  only("_SYSTEMD_UNIT=" + unit);
  only("_SYSTEMD_INVOCATION_ID=" + invocation);
  if (status >= 0) status = sd_journal_seek_tail(raw);
  if (status < 0) return base::fail_errno(-status, "cannot read the journal");
  // What a client wrote is one entry limit of ours, not the 64 kB that it may have written.
  static_cast<void>(sd_journal_set_data_threshold(raw, limits.bytes_a_line + 64));
  std::vector<std::string> lines;
  const auto end = Clock::now() + limits.time;
  while (lines.size() < limits.lines && Clock::now() < end && sd_journal_previous(raw) > 0) {
    std::string line = message_of(raw, limits.bytes_a_line);
    if (!line.empty()) lines.push_back(std::move(line));
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> last_of(const std::vector<std::string>& lines) {
  std::vector<std::string> last;
  const std::size_t first = lines.size() - std::min(lines.size(), most_last_lines);
  for (std::size_t i = first; i < lines.size(); ++i) {
    last.push_back(base::printable(lines[i], longest_last_line));
  }
  return last;
}

}  // namespace watchdog
