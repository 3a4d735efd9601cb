// SPDX-License-Identifier: MIT
// The state of the one closure for all planned plugins (2026.4.15-4.30), in the place where this version
// looks for it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "stage/closure_needs.hpp"
#include "stage/closure_store.hpp"
#include "stage/failed_fetch.hpp"
#include "stage/leftovers.hpp"
#include "stage/request.hpp"
#include "stage/situation.hpp"

namespace stage {

// By name and range.
using Presences = std::map<std::pair<std::string, std::string>, openclaw::Presence>;

struct ClosureObservation {
  std::vector<Leftovers> roots;
  ClosureNeeds needs;  // without the plugins that were rejected recently
  Presences presences;
  // What OpenClaw would find is complete, whoever installed it: it is kept, down to the inodes (#75108
  // demands that nothing is wiped), and at most the manifest beside it is rewritten.
  bool modules_right = false;
  bool manifest_right = false;
  std::optional<std::string> sealed;     // key of a sealed closure that provides what is needed
  bool store_unreadable = false;         // its content is unknown
  std::vector<std::string> left_behind;  // in the store, by interrupted runs
  std::optional<base::Error> in_vain;    // fetching has failed recently
};

[[nodiscard]] base::Result<ClosureObservation> observe_closure(const Situation& situation,
                                                               const Request& request,
                                                               const FailedFetches& failures);

// What OpenClaw compares with its own plan.
[[nodiscard]] const openclaw::Dependencies& manifest_of(const ClosureNeeds& needs);

// Paths that must not change as long as the closure counts as staged.
[[nodiscard]] std::vector<std::string> watched_target_paths(const Situation& situation,
                                                            const Outcome& outcome);

}  // namespace stage
