#include "stage/course.hpp"

#include <algorithm>

namespace stage {
namespace {

using base::Result;

void say(const std::vector<Action>& plan, Outcome& outcome) {
  for (const Action& action : plan) {
    outcome.findings.insert(outcome.findings.end(), action.proposals.begin(), action.proposals.end());
  }
}

// Up to the first one after which things have to be looked at again.
Result<Applied> carry_out(Course& course, const std::vector<Action>& plan) {
  auto left = Applied::nothing_new;
  for (const Action& action : plan) {
    const auto applied = course.apply(action);
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
  for (auto plan = course.plan(); !plan.empty(); plan = course.plan()) {
    if (check) {
      say(plan, outcome);
      break;
    }
    const auto applied = carry_out(course, plan);
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
