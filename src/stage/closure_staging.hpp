// SPDX-License-Identifier: MIT
// Staging for 2026.4.15-4.30: one closure for all planned plugins, in the place where this version looks.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "base/result.hpp"
#include "stage/closure_observation.hpp"
#include "stage/closure_plan.hpp"
#include "stage/closure_store.hpp"
#include "stage/course.hpp"
#include "stage/failed_fetch.hpp"
#include "stage/fetch.hpp"
#include "stage/outcome.hpp"
#include "stage/request.hpp"
#include "stage/situation.hpp"

namespace stage {

// A plugin that cannot be staged by itself is a failed row.
class ClosureStaging final : public Course {
 public:
  // All arguments must outlive this object. What is done is added to `outcome`.
  ClosureStaging(const Situation& situation, const Request& request, Surroundings& surroundings,
                 Outcome& outcome);

  [[nodiscard]] base::Result<void> observe() override;
  [[nodiscard]] std::vector<Action> plan() const override;
  [[nodiscard]] base::Result<Applied> apply(const Action& action) override;
  void judge() override;

 private:
  [[nodiscard]] base::Result<Applied> clear(const Action& action);
  [[nodiscard]] base::Result<Applied> reclaim(const Action& action);
  [[nodiscard]] base::Result<Applied> replace(const Action& action);
  [[nodiscard]] base::Result<Applied> stage(const Action& action);
  [[nodiscard]] base::Result<Applied> sweep(const ClosureStore& store);
  [[nodiscard]] base::Result<Applied> verify(const ClosureStore& store, const std::string& key);
  [[nodiscard]] base::Result<Applied> fetch_closure(const ClosureStore& store);
  [[nodiscard]] base::Result<Fetched> ask_clients(const ClosureStore& store);
  [[nodiscard]] base::Result<Applied> appear(const ClosureStore& store, const std::string& key);
  [[nodiscard]] base::Result<void> correct_manifest() const;
  void note_mended(Finding finding);
  void judge_row(PluginRow& row) const;

  const Situation& situation_;
  const Request& request_;
  Surroundings& surroundings_;
  Outcome& outcome_;
  FailedFetches failures_;
  ClosureObservation seen_;
  ClosureTried tried_;
  std::set<std::string> contended_;  // paths of locks that another process took before they were reclaimed
  // What the fetched closure provides: manifest and rows are based on this, independent of what the package
  // client rejected and of later changes.
  std::optional<ClosureNeeds> fetched_;
  ClosureNeeds asked_;  // the needs before the closure was in place
  bool mended_ = false, materialised_ = false, stopped_ = false;
};

}  // namespace stage
