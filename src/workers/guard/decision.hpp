// SPDX-License-Identifier: MIT
// What is done with a state when an image starts on it. Without side effects: the input is what is known of
// the volume, the output is one course.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "contract/results.hpp"
#include "workers/guard/kept.hpp"

namespace workers::guard {

// What the image's OpenClaw reports about the databases: `database preflight` on a copy (2026.8.1 and later).
enum class Reads : std::uint8_t {
  as_they_are,      // or there are no databases
  after_migration,  // it changes their schema at its start
  not_at_all,       // their schema is newer than the newest that it supports
  nobody_can_tell,  // it does not have the command, or could not be asked
};

struct Look {
  std::string image;                // version of its OpenClaw
  std::optional<std::string> last;  // that last ran on this state; empty if unknown
  bool has_state = false;           // anything that a snapshot would contain

  // If another version has left the state:
  // Versions whose doctor has changed files that an older one needs.
  std::vector<std::string> changed_by = {};
  Reads reads = Reads::nobody_can_tell;
  contract::Schemas schemas;  // of the present databases
  // The last snapshot that the image's version itself has left.
  std::optional<Kept> left;
  std::string fault_of_left = {};  // "is damaged", if it cannot be used
  // The last snapshot of the image's version whose databases the image can read, as far as is known.
  std::optional<Kept> fitting;
};

enum class Course : std::uint8_t {
  begin,    // there is nothing to guard yet
  go_on,    // the same version as last time: nothing to do
  keep,     // keep the state, and a snapshot of it
  restore,  // restore the fitting snapshot; what it replaces is kept and set aside
  refuse,   // change nothing, and start nothing
};

struct Decision {
  Course course = Course::refuse;
  // The image's OpenClaw cannot use the databases, but is started nevertheless: it does not count as the
  // version that last ran.
  bool is_unfit = false;
  std::string reason = {};     // why the state cannot be kept, or a note; empty: nothing to report
  std::string next_step = {};  // for a refusal
};

[[nodiscard]] Decision decide(const Look& look, config::StateRule rule);

// Whether the image is older than the version that last ran. False if a version cannot be parsed.
[[nodiscard]] bool is_older(const std::string& image, const std::string& last);

// Whether the schema of a database has changed since `then`, or a database is missing.
[[nodiscard]] bool has_moved(const contract::Schemas& then, const contract::Schemas& now);

}  // namespace workers::guard
