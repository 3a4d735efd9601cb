// SPDX-License-Identifier: MIT
// How a run of an era proceeds:
//
//   observe ──> plan ──> apply, one action after the other ──> observe ──> … ──> nothing is left to do ──>
//   judge
//                │
//                └─ --check: report the plan ──> judge
#pragma once

#include <vector>

#include "base/result.hpp"
#include "stage/action.hpp"
#include "stage/outcome.hpp"

namespace stage {

class Course {
 public:
  Course() = default;
  Course(const Course&) = delete;
  Course& operator=(const Course&) = delete;
  Course(Course&&) = delete;
  Course& operator=(Course&&) = delete;
  virtual ~Course() = default;

  // Examines the present state. Changes nothing.
  [[nodiscard]] virtual base::Result<void> observe() = 0;
  // Without side effects: from what was observed and what was tried before. Nothing is planned twice, so that
  // every course ends.
  [[nodiscard]] virtual std::vector<Action> plan() const = 0;
  // Performs the action, and remembers that it was tried. An error ends the run.
  [[nodiscard]] virtual base::Result<Applied> apply(const Action& action) = 0;
  // Rows and findings, from the last observation.
  virtual void judge() = 0;
};

// `check`: changes nothing, and adds what the plan proposes to the findings of `outcome`.
[[nodiscard]] base::Result<void> follow(Course& course, bool check, Outcome& outcome);

}  // namespace stage
