// SPDX-License-Identifier: MIT
// What a gateway that fails says of itself, and what helps: one row a known failure.
//
// The texts are those of the published packages (2026.4.20 to 2026.9.6) and of Node. A gateway also prints
// what people write to it, so a line alone is a hint: it causes at most one act for a release (policy.hpp),
// never a stop, and never keeps a rollback from being made. What gives a row more weight is the fact that it
// names, which is not known from text, and how much more is a property of the fact: of two rows with the same
// fact the line only chooses the words.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace watchdog {

enum class Remedy {
  none,     // nothing known helps: the budget decides
  stage,    // stage the plugin dependencies of the release again, then restart
  restart,  // a restart alone mends it
  report,   // nothing known helps, and it is worth to be known of a gateway that runs
};

// What shows that a line is true. Whatever is not on the list cannot be had by a watchdog that runs no
// OpenClaw and may not read the gateway's state (openclaw-watchdog(8)).
enum class Fact {
  none,              // there is none: the row is a hint
  exit_config,       // the process ended with 78, as the service manager saw it
  exit_no_program,   // the service manager could not start it: 203
  full_file_system,  // one of those that the gateway writes to has no room left
  port_of_others,    // the gateway's port is held by another unit
};

// What a fact allows where a line tells of it.
struct Weight {
  Fact fact = Fact::none;
  bool is_final = false;         // no restart helps: a person has to look
  bool acquits_release = false;  // to go back to the release before would not help
};
[[nodiscard]] const Weight& weight_of(Fact fact);

// As they are now, or were when the process ended.
struct Facts {
  std::optional<int> exit_status;  // nothing while it runs, when a signal ended it, or when nobody knows
  std::string full_file_system;    // a path on it; empty: all have room
  bool port_is_of_others = false;
};

struct Signature {
  std::string_view id;       // in metrics, --json and journal fields
  std::string_view report;   // "#75108"; empty: none
  std::string_view meaning;  // a sentence without an end
  std::string_view advice;   // the next step of a person
  Remedy remedy = Remedy::none;
  Fact fact = Fact::none;  // that corroborates it; a row without a pattern is told by it alone
};

[[nodiscard]] std::span<const Signature> signatures();
// What is counted besides: a gateway that ends for no known reason, and one that hangs.
inline constexpr std::string_view unknown_failure = "unknown", deafness = "deaf";
inline constexpr std::string_view port_taken = "port-taken", disk_full = "disk-full";
[[nodiscard]] const Signature* signature_named(std::string_view id);

// Of the gateway's journal.
struct Line {
  std::string text;
  bool by_main_process = true;  // else one that it has started: a tool, an MCP server, an agent's script
  bool operator==(const Line&) const = default;
};

struct Match {
  const Signature* signature = nullptr;  // never null
  std::string line;                      // that tells of it; empty where a fact alone does
  bool corroborated = false;             // by the signature's fact; else the line is a hint
};

// "the config of the gateway is not valid (#25595)"; of a hint "perhaps ...".
[[nodiscard]] std::string cause_of(const Match& match);
// The same with the line, and of a hint that it is no more than that.
[[nodiscard]] std::string told_by(const Match& match);

// All rows that one of the lines, or a fact alone, tells of: what is corroborated first, else in the order of
// the table, where what ends a gateway comes first.
[[nodiscard]] std::vector<Match> matches(const std::vector<Line>& lines, const Facts& facts);

}  // namespace watchdog
