// SPDX-License-Identifier: MIT
// The snapshots that the guard keeps, snapshots/guard-000007-2026.9.5/, beside those of others: in order of
// their numbers, since clocks of containers jump.
//
// One is made under another name and gets this one by a rename, once all of it is on the disk.
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
  std::string version;  // of the OpenClaw whose state it is; empty: not known
  std::string digest;
  contract::Schemas schemas;
  std::int64_t at_ms = 0;  // Unix milliseconds; for people
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

// The oldest first. What is damaged, or half removed, is none.
[[nodiscard]] base::Result<std::vector<Kept>> list_kept(const state::Place& place);

// Of the state as it is, which `version` has left. Where the newest one is that already, by the stamps of all
// files, that one is answered, and nothing is copied or written.
[[nodiscard]] base::Result<Kept> keep_state(const state::Place& place, const std::string& version);

// Removes all but the last three and those named; what a restore has set aside in them stays. Answers the
// names of what was removed.
[[nodiscard]] base::Result<std::vector<std::string>> drop_old(const state::Place& place,
                                                              const std::vector<std::string>& needed);

// For tests, called before each change: one that does not return is a kill at that moment.
extern void (*keeping_step_for_tests)();

}  // namespace workers::guard
