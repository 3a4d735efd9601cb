// SPDX-License-Identifier: MIT
// The plan for the one closure of all plugins (2026.4.15-4.30). Without side effects: the input is what was
// observed and tried, the output is actions.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "stage/action.hpp"
#include "stage/closure_observation.hpp"
#include "stage/request.hpp"
#include "stage/situation.hpp"

namespace stage {

// What this run has tried.
struct ClosureTried {
  std::set<std::string> told;   // messages, by their identity
  std::set<std::string> locks;  // by path
  std::set<std::string> half_finished;
  std::set<std::string> roots;  // whose links were replaced
  bool swept = false;
  bool damaged = false;  // the sealed closure differed from its inventory
  std::string provided;  // key of the closure that was fetched
  bool done = false;     // the closure is in place, or the present modules are kept
};

// In this order: leftovers of each root; messages for an operator; the store; the closure.
[[nodiscard]] std::vector<Action> plan_closure(const Situation& situation, const Request& request,
                                               const ClosureObservation& seen, const ClosureTried& tried);

// What is reported of a lock: "removed", or "would remove".
[[nodiscard]] Finding finding_of_lock(const std::string& path, const lock::LockVerdict& verdict, bool mended);
[[nodiscard]] Finding finding_of_half_finished(const std::string& path, bool mended);
[[nodiscard]] Finding finding_of_link(const std::string& root, const fs::OutwardLink& link, bool mended);

}  // namespace stage
