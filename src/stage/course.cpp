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

// No action is applied more than a few times in one run, however many plugins there are. One that something
// undoes each time would keep the gateway's start waiting for ever.
constexpr int most_repetitions = 20;

const char* name_of(Action::Kind kind) {
  using Kind = Action::Kind;
  static const std::map<Kind, const char*> names = {
      {Kind::tell, "telling of"},
      {Kind::remove_view, "removing the view"},
      {Kind::reclaim_lock, "reclaiming a lock in"},
      {Kind::remove_half_finished, "removing what a run that died has left in"},
      {Kind::replace_links, "replacing links in"},
      {Kind::sweep_store, "sweeping the store in"},
      {Kind::keep_modules, "keeping the modules of closure"},
      {Kind::correct_manifest, "correcting the manifest"},
      {Kind::verify_closure, "verifying closure"},
      {Kind::fetch_closure, "fetching the closure"},
      {Kind::leave_closure, "leaving the closure"},
      {Kind::materialise, "materialising closure"},
      {Kind::recover_update, "recovering"},
      {Kind::mend_link, "mending the link of"},
      {Kind::install_plugin, "installing plugin"},
      {Kind::leave_plugin, "leaving plugin"},
      {Kind::update_plugin, "updating plugin"},
      {Kind::leave_update, "leaving the update of plugin"},
      {Kind::restore_former, "restoring npm/ after the update of plugin"},
      {Kind::discard_former, "discarding the former npm/ after the update of plugin"},
  };
  return names.at(kind);
}

using Repetitions = std::map<std::pair<Action::Kind, std::string>, int>;

Result<void> count(const Action& action, Repetitions& repetitions) {
  if (++repetitions[{action.kind, action.subject + "/" + action.target}] <= most_repetitions) return {};
  return base::fail(base::ErrorKind::busy,
                    std::string(name_of(action.kind)) + (action.subject.empty() ? "" : " ") + action.subject +
                        " was needed again " + std::to_string(most_repetitions) +
                        " times in one run; stop whatever else changes the state directory, then run "
                        "`openclaw-install-deps`");
}

// Up to the first one after which things have to be looked at again.
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
