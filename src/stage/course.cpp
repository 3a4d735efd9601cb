// SPDX-License-Identifier: MIT
#include "stage/course.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace stage {
namespace {

using base::Result;

void say(const std::vector<Action>& plan, Outcome& outcome) {
  for (const Action& action : plan) {
    outcome.findings.insert(outcome.findings.end(), action.proposals.begin(), action.proposals.end());
  }
}

// The most repetitions of one action in a run, independent of the number of plugins. Without a limit, an
// action that another process undoes each time would delay the start of the gateway for ever.
constexpr int most_repetitions = 20;

const char* name_of(Action::Kind kind) {
  using Kind = Action::Kind;
  switch (kind) {
    case Kind::tell:
      return "reporting";
    case Kind::remove_view:
      return "removing the view";
    case Kind::reclaim_lock:
      return "reclaiming a lock in";
    case Kind::remove_half_finished:
      return "removing leftovers of an interrupted run in";
    case Kind::replace_links:
      return "replacing links in";
    case Kind::sweep_store:
      return "sweeping the store in";
    case Kind::keep_modules:
      return "keeping the modules of closure";
    case Kind::correct_manifest:
      return "correcting the manifest";
    case Kind::verify_closure:
      return "verifying closure";
    case Kind::fetch_closure:
      return "fetching the closure";
    case Kind::leave_closure:
      return "leaving the closure";
    case Kind::materialise:
      return "materialising closure";
    case Kind::recover_update:
      return "recovering";
    case Kind::mend_link:
      return "repairing the link of";
    case Kind::install_plugin:
      return "installing plugin";
    case Kind::leave_plugin:
      return "leaving plugin";
    case Kind::update_plugin:
      return "updating plugin";
    case Kind::leave_update:
      return "leaving the update of plugin";
    case Kind::restore_former:
      return "restoring npm/ after the update of plugin";
    case Kind::discard_former:
      return "discarding the former npm/ after the update of plugin";
  }
  return "an action";
}

using Repetitions = std::map<std::pair<Action::Kind, std::string>, int>;

Result<void> count(const Action& action, Repetitions& repetitions) {
  if (++repetitions[{action.kind, action.subject + "/" + action.target}] <= most_repetitions) return {};
  return base::fail(
      base::ErrorKind::busy,
      std::string(name_of(action.kind)) + (action.subject.empty() ? "" : " ") + action.subject +
          " was needed again " + std::to_string(most_repetitions) +
          " times in one run; stop the other process that changes the state directory, then run "
          "`openclaw-install-deps`");
}

// Stops at the first action that requires a new observation.
Result<Applied> carry_out(Course& course, const std::vector<Action>& plan, Repetitions& repetitions) {
  auto left = Applied::nothing_new;
  for (const Action& action : plan) {
    const auto counted = count(action, repetitions);
    const auto applied = counted ? course.apply(action) : Result<Applied>(base::pass(counted.error()));
    if (!applied) {
      if (!clears_the_way(action.kind)) course.judge();
      return base::pass(applied.error());
    }
    left = std::max(left, *applied);
    if (left == Applied::look_again) break;
  }
  return left;
}

}  // namespace

Result<void> follow(Course& course, bool check, Outcome& outcome) {
  if (const auto seen = course.observe(); !seen) return seen;
  Repetitions repetitions;
  for (auto plan = course.plan(); !plan.empty(); plan = course.plan()) {
    if (check) {
      say(plan, outcome);
      break;
    }
    const auto applied = carry_out(course, plan, repetitions);
    if (!applied) return base::pass(applied.error());
    if (*applied == Applied::nothing_new) break;
    if (const auto seen = course.observe(); !seen) {
      course.judge();
      return seen;
    }
  }
  course.judge();
  return {};
}

}  // namespace stage
