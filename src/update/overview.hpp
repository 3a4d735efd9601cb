// SPDX-License-Identifier: MIT
// What there is here: releases, what stands between a version and its installation, and the last update.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "release/store.hpp"
#include "update/journal.hpp"
#include "update/newest.hpp"
#include "update/standing.hpp"

namespace update {

// What became of the last update.
enum class Course {
  ended,       // with an outcome
  at_work,     // somebody brings it to an end
  abandoned,   // it is open, and no process works on it
  unrecorded,  // it is not open, and its outcome is not on the disk
};

struct Overview {
  std::string current, previous;  // names; empty: none; or "damaged: " and what is wrong with the pointer
  std::vector<release::Release> releases;
  std::optional<Hold> hold;        // also one that is over
  std::optional<std::string> pin;  // a version, or "damaged: " and what is wrong with it
  std::optional<Newest> newest;    // that the registry is known to have
  std::vector<Quarantined> quarantine;
  bool at_work = false;             // somebody holds the updater's lock
  std::optional<std::string> open;  // the transaction that is not finished
  // Of the one that is not finished, else of the last update; without records: none, or none that can be
  // read.
  History last;
  History last_rehearsal;        // the same of rehearsals that have ended
  std::vector<History> earlier;  // updates before `last`, the newest first; three at most

  // Of `last`, which has records.
  [[nodiscard]] Course course() const;
};

// What cannot be read is left out. `state_fd`: the updater's state directory.
[[nodiscard]] Overview look_over(int state_fd, const release::Store& releases);

}  // namespace update
