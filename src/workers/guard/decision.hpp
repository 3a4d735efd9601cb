// SPDX-License-Identifier: MIT
// What becomes of a state when an image starts on it. Pure: what is known of the volume in, one course out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/settings.hpp"
#include "contract/results.hpp"
#include "workers/guard/kept.hpp"

namespace workers::guard {

// What the image's OpenClaw says of the databases, by `database preflight` on a copy (2026.8.1 and later).
enum class Reads : std::uint8_t {
  as_they_are,      // or there are none
  after_migration,  // it changes their schema when it starts
  not_at_all,       // their schema is newer than what it knows
  nobody_can_tell,  // it does not know the question, or could not be asked
};

struct Look {
  std::string image;                // version of its OpenClaw
  std::optional<std::string> last;  // that last ran on this state: empty where that is not known
  bool has_state = false;           // anything that a snapshot would hold

  // Of a state that another version has left:
  Reads reads = Reads::nobody_can_tell;
  contract::Schemas schemas;  // of the databases as they are
  // The last that the image's version itself has left.
  std::optional<Kept> left;
  std::string fault_of_left = {};  // "is damaged", where it does not fit
  // The last one of the image's version whose databases the image reads, as far as anybody can tell.
  std::optional<Kept> fitting;
};

enum class Course : std::uint8_t {
  begin,    // there is nothing to guard yet
  go_on,    // the version that last ran: nothing to do
  keep,     // the state stays; a snapshot of it is kept
  restore,  // the fitting snapshot is put back; what it replaces is kept and set aside
  refuse,   // nothing is touched, and nothing is started
};

struct Decision {
  Course course = Course::refuse;
  // The image's OpenClaw cannot work with the databases, and is started nevertheless: it is not the one that
  // last ran, whatever comes of it.
  bool is_unfit = false;
  std::string reason = {};     // why the state cannot stay, or a note; empty: nothing to say
  std::string next_step = {};  // of a refusal
};

[[nodiscard]] Decision decide(const Look& look, config::StateRule rule);

// Whether the image comes before what last ran. Of versions that cannot be read, nobody knows it: no.
[[nodiscard]] bool is_older(const std::string& image, const std::string& last);

// Whether a database has another schema than it had then, or is gone.
[[nodiscard]] bool has_moved(const contract::Schemas& then, const contract::Schemas& now);

}  // namespace workers::guard
