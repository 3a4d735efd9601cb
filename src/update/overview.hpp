// SPDX-License-Identifier: MIT
// An overview: releases, what prevents the installation of a version, and the last update.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "release/store.hpp"
#include "update/journal.hpp"
#include "update/newest.hpp"
#include "update/standing.hpp"

namespace update {

// The state of the last update.
enum class Course {
  ended,       // with an outcome
  at_work,     // a process is working on it
  abandoned,   // it is unfinished, and no process works on it
  unrecorded,  // it is not open, but its outcome is not on disk
};

struct Overview {
  std::string current, previous;  // names; empty: none; or "damaged: " and the fault of the pointer
  std::vector<release::Release> releases;
  std::optional<Hold> hold;        // also one that has ended
  std::optional<std::string> pin;  // a version, or "damaged: " and its fault
  std::optional<Newest> newest;    // as far as known
  std::vector<Quarantined> quarantine;
  bool at_work = false;             // a process holds the updater's lock
  std::optional<std::string> open;  // the unfinished transaction
  // The unfinished transaction, otherwise the last update; without records: there is none, or it cannot be
  // read.
  History last;
  History last_rehearsal;        // the last finished rehearsal
  std::vector<History> earlier;  // updates before `last`, the newest first; at most three

  // For `last`, which must have records.
  [[nodiscard]] Course course() const;
};

// What cannot be read is omitted. `state_fd`: the updater's state directory.
[[nodiscard]] Overview look_over(int state_fd, const release::Store& releases);

}  // namespace update
