// SPDX-License-Identifier: MIT
// What a gateway logs, in which strangers write (openclaw/log_line.hpp, watchdog/signatures.hpp).
#include <algorithm>

#include "base/text.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "openclaw/log_line.hpp"
#include "watchdog/journal_lines.hpp"
#include "watchdog/port_holder.hpp"
#include "watchdog/signatures.hpp"

using target::require;

namespace {

bool acts(const watchdog::Match& match) {
  return match.signature->remedy == watchdog::Remedy::stage ||
         match.signature->remedy == watchdog::Remedy::restart;
}

void fuzz_matches(const std::vector<watchdog::Line>& lines) {
  for (const auto& match : watchdog::matches(lines, {})) {
    require(match.signature != nullptr && !match.line.empty(), "without a fact it is a line that matches");
    require(!match.corroborated, "no line corroborates itself");
    require(watchdog::cause_of(match).starts_with("perhaps "), "a line alone is a perhaps");
    require(target::is_printable(watchdog::told_by(match)), "what is told is printable");
  }
}

// Who writes into a chat, and what a child prints, is never the gateway.
void fuzz_chat(const std::string& line) {
  for (const char* front :
       {"[telegram] ", "2026-11-27T19:37:16.650+00:00 [agent/main] ", "[gateway/channels/slack] "}) {
    for (const auto& match : watchdog::matches({{front + line, true}}, {})) {
      require(!acts(match), "no line of a channel leads to an act");
    }
  }
  for (const auto& match : watchdog::matches({{line, false}}, {}))
    require(!acts(match), "nor does a line of a child");
}

}  // namespace

void fuzz(std::string_view input) {
  const auto parts = target::parts_of(input, 3);
  std::vector<watchdog::Line> lines;
  for (const std::string& raw : base::split(parts[2], '\n')) {
    const std::string line = base::printable(raw, watchdog::JournalLimits{}.bytes_a_line);
    const auto said = openclaw::parse_log_line(line);
    require(said.text.size() <= line.size() || line.starts_with('{'), "what is said is a part of the line");
    (void)openclaw::is_of_gateway(said);
    (void)openclaw::is_openclaws_file(line);
    const auto port = watchdog::port_named_in(line);
    require(!port || *port != 0, "a port is one");
    if (lines.size() < watchdog::JournalLimits{}.lines) {
      if (lines.size() < 20) fuzz_chat(line);
      lines.push_back({line, true});
    }
  }
  fuzz_matches(lines);
  (void)watchdog::last_of(lines);
  const auto status = watchdog::exit_status_in(input, parts[0], parts[1]);
  require(!status || parts[0] == "exited", "only who exited has an exit status");
}
