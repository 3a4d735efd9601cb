// SPDX-License-Identifier: MIT
// The snapshots that the guard keeps, snapshots/guard-000007-2026.9.5/, beside other snapshots. Their numbers
// determine the order, because the clocks of containers jump.
//
// A snapshot is made under another name, and renamed when all of it is on disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "contract/members.hpp"
#include "contract/results.hpp"
#include "workers/state/what_belongs.hpp"

namespace workers::guard {

inline constexpr std::size_t most_kept = 3;

struct Kept {
  std::string name;
  std::string version;  // of the OpenClaw that left the state; empty: unknown
  std::string digest;
  contract::Schemas schemas;
  std::int64_t at_ms = 0;  // Unix milliseconds; information for operators
  std::int64_t bytes = 0, files = 0;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::optional("version"), self.version);
    visitor(contract::required("digest"), self.digest);
    visitor(contract::optional("schemas"), self.schemas);
    visitor(contract::optional("at_ms"), self.at_ms);
    visitor(contract::optional("bytes"), self.bytes);
    visitor(contract::optional("files"), self.files);
  }
};

// The oldest first. Damaged or partly removed ones are omitted.
[[nodiscard]] base::Result<std::vector<Kept>> list_kept(const state::Place& place);

// Takes a snapshot of the present state, which `version` has left. If the stamps of all files show that the
// newest snapshot equals it, that one is returned, and nothing is copied or written.
[[nodiscard]] base::Result<Kept> keep_state(const state::Place& place, const std::string& version,
                                            state::Transcripts transcripts = state::Transcripts::left_out);

// Removes all but the last three, the newest of each of the last three versions, and those in `needed`; what
// a restore has set aside in them is kept. Returns the names of the removed ones.
[[nodiscard]] base::Result<std::vector<std::string>> drop_old(const state::Place& place,
                                                              const std::vector<std::string>& needed);

// For tests; called before each change. If it does not return, this is a kill at that moment.
extern void (*keeping_step_for_tests)();

}  // namespace workers::guard
