// SPDX-License-Identifier: MIT
// What is to be done for one closure for all plugins (2026.4.15-4.30). Pure: what was seen and what was tried
// in, actions out.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "stage/action.hpp"
#include "stage/closure_observation.hpp"
#include "stage/request.hpp"
#include "stage/situation.hpp"

namespace stage {

// In this run.
struct ClosureTried {
  std::set<std::string> told;   // by their identity
  std::set<std::string> locks;  // by path
  std::set<std::string> half_finished;
  std::set<std::string> roots;  // whose links were replaced
  bool swept = false;
  bool damaged = false;  // the sealed closure was not as it was sealed
  std::string provided;  // key of the closure that was fetched
  bool done = false;     // the closure is there, or what was there is kept
};

// In this order: leftovers, root by root; what an operator should read; the store; the closure.
[[nodiscard]] std::vector<Action> plan_closure(const Situation& situation, const Request& request,
                                               const ClosureObservation& seen, const ClosureTried& tried);

// What is said of a lock, "removed" or "would remove".
[[nodiscard]] Finding finding_of_lock(const std::string& path, const lock::LockVerdict& verdict, bool mended);
[[nodiscard]] Finding finding_of_half_finished(const std::string& path, bool mended);
[[nodiscard]] Finding finding_of_link(const std::string& root, const fs::OutwardLink& link, bool mended);

}  // namespace stage
