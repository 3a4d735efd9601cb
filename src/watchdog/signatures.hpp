// SPDX-License-Identifier: MIT
// What a failing gateway logs, and what helps: one row for each known failure.
//
// The texts are those of the published packages (2026.4.20 to 2026.9.6) and of Node. A gateway also logs
// messages that people send to it, so a line alone is only a hint: it causes at most one act for each release
// (policy.hpp), never a stop, and never prevents a rollback. A row has more weight if its fact, which does
// not come from text, holds; how much more depends only on the fact. If two rows have the same fact, the line
// only selects the wording.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace watchdog {

enum class Remedy {
  none,     // no remedy is known: the budget decides
  stage,    // stage the plugin dependencies of the release again, then restart
  restart,  // a restart alone solves it
  report,   // no remedy is known, but an operator should know, even if the gateway runs
};

// Evidence that a line is true. Other evidence is not available to a watchdog that does not run OpenClaw and
// may not read the gateway's state (openclaw-watchdog(8)).
enum class Fact {
  none,              // no evidence: the row is a hint
  exit_config,       // the process ended with 78, as the service manager saw it
  exit_no_program,   // the service manager could not start it: 203
  full_file_system,  // a file system that the gateway writes to is full
  port_of_others,    // the gateway's port is held by another unit
};

// The consequences of a fact in addition to those of a line.
struct Weight {
  Fact fact = Fact::none;
  bool is_final = false;         // a restart does not help: an operator has to act
  bool acquits_release = false;  // a return to the previous release would not help
};
[[nodiscard]] const Weight& weight_of(Fact fact);

// At present, or at the end of the process.
struct Facts {
  std::optional<int> exit_status;  // nothing while it runs, if a signal ended it, or if it is unknown
  std::string full_file_system;    // a path on it; empty: none is full
  bool port_is_of_others = false;
};

struct Signature {
  std::string_view id;       // in metrics, --json and journal fields
  std::string_view report;   // "#75108"; empty: none
  std::string_view meaning;  // a sentence without a full stop
  std::string_view advice;   // the next step of an operator
  Remedy remedy = Remedy::none;
  Fact fact = Fact::none;  // that corroborates the row; a row without a pattern depends on it alone
};

[[nodiscard]] std::span<const Signature> signatures();
// Also counted as incidents: an end for an unknown reason, and a gateway that hangs.
inline constexpr std::string_view unknown_failure = "unknown", deafness = "deaf";
inline constexpr std::string_view port_taken = "port-taken", disk_full = "disk-full";
[[nodiscard]] const Signature* signature_named(std::string_view id);

// From the journal of the gateway.
struct Line {
  std::string text;
  bool by_main_process = true;  // otherwise by a child: a tool, an MCP server, an agent's script
  bool operator==(const Line&) const = default;
};

struct Match {
  const Signature* signature = nullptr;  // never null
  std::string line;                      // that matched; empty if only the fact holds
  bool corroborated = false;             // by the fact of the signature; otherwise the line is a hint
};

// "the config of the gateway is not valid (#25595)"; for a hint "perhaps ...".
[[nodiscard]] std::string cause_of(const Match& match);
// The same with the line; a hint is marked as such.
[[nodiscard]] std::string told_by(const Match& match);

// All rows that a line, or a fact alone, matches: corroborated rows first, then in the order of the table, in
// which failures that end a gateway come first.
[[nodiscard]] std::vector<Match> matches(const std::vector<Line>& lines, const Facts& facts);

}  // namespace watchdog
