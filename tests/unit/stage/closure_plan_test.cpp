// SPDX-License-Identifier: MIT
// The plan for one closure for all plugins, from observations and earlier attempts, without any file.
#include "stage/closure_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using lock::LockVerdict;
using stage::Action;
using stage::Finding;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = Action::Kind;

class PlanOfAClosure : public testing::Test {
 protected:
  PlanOfAClosure() {
    release("2026.4.26");
    seen.needs.closure = {{"zod", "4.0.0"}};
    situation.state = "/state";
  }

  void release(const std::string& version) {
    situation.package.version_text = version;
    situation.era = &openclaw::era_of(*openclaw::Version::parse(version));
    seen.needs.era = situation.era;
  }
  void all_right() { seen.modules_right = seen.manifest_right = true; }
  stage::Leftovers& root(const std::string& path) {
    seen.roots.emplace_back();
    seen.roots.back().root = path;
    return seen.roots.back();
  }
  [[nodiscard]] std::vector<Action> plan() const {
    return stage::plan_closure(situation, request, seen, tried);
  }
  [[nodiscard]] std::vector<Kind> kinds() const {
    std::vector<Kind> all;
    for (const auto& action : plan()) all.push_back(action.kind);
    return all;
  }
  [[nodiscard]] std::vector<std::string> proposals() const {
    std::vector<std::string> all;
    for (const auto& action : plan()) {
      for (const auto& finding : action.proposals) {
        EXPECT_FALSE(finding.mended);
        all.push_back(finding.subject + ": " + finding.message);
      }
    }
    return all;
  }

  stage::Situation situation;
  stage::Request request;
  stage::ClosureObservation seen;
  stage::ClosureTried tried;
};

constexpr const char* lock_name = ".openclaw-runtime-deps.lock";
const LockVerdict gone{LockVerdict::State::gone, "process 7 is gone", 7, 60000};
const LockVerdict held{LockVerdict::State::held, "process 7 lives", 7, 60000};

TEST_F(PlanOfAClosure, IsEmptyWhereNoPluginNeedsOne) {
  seen.needs.closure.clear();
  seen.left_behind = {".staging-1"};
  EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(PlanOfAClosure, IsEmptyWhereWhatIsThereIsRight) {
  all_right();
  EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(PlanOfAClosure, KeepsModulesThatAreRightAndCorrectsTheManifestBesideThem) {
  all_right();
  seen.manifest_right = false;
  seen.sealed = "key";
  EXPECT_THAT(kinds(), ElementsAre(Kind::keep_modules, Kind::correct_manifest));
  tried.done = true;
  EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(PlanOfAClosure, FetchesOnlyWhatNoSealedClosureProvides) {
  EXPECT_THAT(kinds(), ElementsAre(Kind::fetch_closure));
  seen.sealed = "key";
  EXPECT_THAT(kinds(), ElementsAre(Kind::materialise));
}

TEST_F(PlanOfAClosure, MaterialisesWhatWasFetchedWhateverElseIsSealed) {
  seen.sealed = "older";
  tried.provided = "fetched";
  ASSERT_THAT(kinds(), ElementsAre(Kind::materialise));
  EXPECT_EQ(plan()[0].subject, "fetched");
}

TEST_F(PlanOfAClosure, ToRepairVerifiesTheSealedOneFirstAlsoWhereModulesAreRight) {
  all_right();
  seen.sealed = "key";
  request.thorough = true;
  EXPECT_THAT(kinds(), ElementsAre(Kind::verify_closure, Kind::materialise));
  tried.damaged = true;
  EXPECT_THAT(kinds(), ElementsAre(Kind::fetch_closure));
}

TEST_F(PlanOfAClosure, IsNotToWaitInVain) {
  seen.in_vain = base::Error{base::ErrorKind::unavailable, 0, "the registry is away"};
  EXPECT_THAT(kinds(), ElementsAre(Kind::leave_closure));
  seen.sealed = "key";
  EXPECT_THAT(kinds(), ElementsAre(Kind::materialise));
}

TEST_F(PlanOfAClosure, ClearsTheWayRootByRootBeforeItStages) {
  auto& first = root("/base/twin");
  first.locks = {{lock_name, gone}};
  first.links = {{"dist/a.js", "/gone/a.js", false, true}, {"dist/b.js", "/gone/b.js", false, true}};
  root("/base/root").half_finished = {".openclaw-install-stage"};
  seen.left_behind = {".staging-1"};
  EXPECT_THAT(kinds(), ElementsAre(Kind::reclaim_lock, Kind::replace_links, Kind::remove_half_finished,
                                   Kind::sweep_store, Kind::fetch_closure));
  EXPECT_THAT(
      proposals(),
      ElementsAre("/base/twin/.openclaw-runtime-deps.lock: would remove a lock of 1 min: process 7 is gone",
                  "/base/twin/dist/a.js: would replace a link that points outside of the root, to /gone/a.js",
                  "/base/twin/dist/b.js: would replace a link that points outside of the root, to /gone/b.js",
                  "/base/root/.openclaw-install-stage: would remove leftovers of an interrupted run"));
}

TEST_F(PlanOfAClosure, LeavesALockOfTheLivingAndSaysSoOnce) {
  all_right();
  root("/base/root").locks = {{lock_name, held}};
  const auto actions = plan();
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(actions[0].kind, Kind::tell);
  EXPECT_EQ(actions[0].proposals.at(0).kind, Finding::Kind::lock_held);
  tried.told.insert(actions[0].subject);
  seen.roots[0].locks[0].second.age_ms += 1000;  // it ages while the run works
  EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(PlanOfAClosure, TriesNoLeftoverTwice) {
  all_right();
  auto& only = root("/base/root");
  only.locks = {{lock_name, gone}};
  only.half_finished = {".openclaw-install-stage"};
  only.links = {{"dist/a.js", "/gone/a.js", false, true}};
  tried.locks = {std::string("/base/root/") + lock_name};
  tried.half_finished = {"/base/root/.openclaw-install-stage"};
  tried.roots = {"/base/root"};
  EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(PlanOfAClosure, TellsOfConflictsAndOfAContestedPlanOnce) {
  all_right();
  release("2026.4.29");
  situation.config.hints.uses_web_tools = true;
  seen.needs.findings = {{Finding::Kind::note, false, "slack", "plugin slack wants another zod"}};
  for (const auto& action : plan()) {
    EXPECT_EQ(action.kind, Kind::tell);
    tried.told.insert(action.subject);
  }
  EXPECT_FALSE(tried.told.empty());
  EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(PlanOfAClosure, SweepsTheStoreOnce) {
  seen.left_behind = {".staging-1"};
  EXPECT_THAT(kinds(), ElementsAre(Kind::sweep_store, Kind::fetch_closure));
  tried.swept = true;
  EXPECT_THAT(kinds(), ElementsAre(Kind::fetch_closure));
}

}  // namespace
