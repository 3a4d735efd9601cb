// SPDX-License-Identifier: MIT
// An operator restores a snapshot for the running release.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "update/compatibility.hpp"
#include "update/snapshots.hpp"
#include "update/support/scene.hpp"

namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using update_tests::gateway;
using update_tests::json;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

class RestoringASnapshot : public testing::Test {
 protected:
  RestoringASnapshot() {
    scene_.workers.answer("openclaw-state verify", {{"digest", "of-then"}});
    name_ = create();
  }
  std::string create() {
    scene_.workers.answer("openclaw-state snapshot",
                          {{"digest", "of-then"}, {"schemas", {{"state/openclaw.sqlite", 18}}}});
    const auto created = update::create_snapshot(scene_.setup(), false);
    EXPECT_TRUE(created) << created.error().message;
    scene_.workers.answer("openclaw-state snapshot", {{"digest", "of-now"}});
    scene_.workers.answer("openclaw-state settle", {{"digest", "of-now"}});
    scene_.manager.calls.clear();
    return created ? created->record.name : "";
  }
  void release_finds(const json& database) {
    scene_.workers.answer("openclaw-validate validate",
                          {{"config", {{"valid", true}}}, {"database", database}});
  }
  void expect_refused_untouched() {
    EXPECT_EQ(scene_.restore(name_), "refused");
    EXPECT_FALSE(scene_.called(std::string("stop ") + gateway));
    EXPECT_FALSE(scene_.called("openclaw-state restore"));
  }
  Scene scene_;
  std::string name_;
};

TEST_F(RestoringASnapshot, StopsSetsAsideRestoresStartsAndVerifies) {
  ASSERT_EQ(scene_.restore(name_), "updated") << scene_.context.reason;
  const json request = scene_.workers.requests["openclaw-state restore"];
  EXPECT_EQ(request["snapshot"], name_);
  EXPECT_EQ(request["digest"], "of-then");
  EXPECT_EQ(scene_.current(), old_version);
  EXPECT_EQ(scene_.previous(), "") << "no release was replaced";
  EXPECT_TRUE(scene_.is_running());
  EXPECT_THAT(scene_.context.notes, Contains(HasSubstr("/snapshots/" + name_ + "/set-aside")));
  EXPECT_FALSE(scene_.called("openclaw-fetch resolve")) << "nothing is asked of the registry";
}

TEST_F(RestoringASnapshot, TakesASnapshotOfThePresentStateFirst) {
  ASSERT_EQ(scene_.restore(name_), "updated");
  const auto& calls = scene_.manager.calls;
  const auto taken = std::find(calls.begin(), calls.end(), "openclaw-state snapshot");
  const auto restored = std::find(calls.begin(), calls.end(), "openclaw-state restore");
  EXPECT_LT(taken - calls.begin(), restored - calls.begin());
}

TEST_F(RestoringASnapshot, ThatDoesNotProveItselfGivesTheStateBackThatWasThere) {
  scene_.never_ready = {old_version};
  EXPECT_NE(scene_.restore(name_), "updated");
  const json request = scene_.workers.requests["openclaw-state restore"];
  EXPECT_EQ(request.value("snapshot", ""), "") << "that of the restore itself";
  EXPECT_EQ(request["digest"], "of-now");
  EXPECT_FALSE(scene_.root.exists(std::string("state/quarantine/") + old_version))
      << "the release that runs is not to blame for another state";
}

TEST_F(RestoringASnapshot, IsNotHeldAgainstAPluginThatItsConfigDoesNotHave) {
  scene_.report["plugins"] = {{"known", true}, {"loaded", {"voice"}}};
  scene_.workers.answers["openclaw-state restore"] = [&](const json&, const update::Watching&) {
    scene_.report["plugins"] = {{"known", true}, {"loaded", json::array()}};
    return json{{"restored", {"openclaw.json"}}};
  };
  EXPECT_EQ(scene_.restore(name_), "updated") << scene_.context.reason;
}

TEST_F(RestoringASnapshot, IsRefusedWhereItIsNotThere) {
  const std::string there = std::exchange(name_, "s20261121T101500Z-4f2a");
  expect_refused_untouched();
  EXPECT_THAT(scene_.context.reason, HasSubstr("snapshot list"));
}

TEST_F(RestoringASnapshot, IsRefusedBeforeTheStopWhereItIsNotWhatWasTaken) {
  scene_.workers.answers["openclaw-state verify"] = [](const json& request, const update::Watching&) {
    EXPECT_EQ(request["digest"], "of-then");
    return base::fail(base::ErrorKind::integrity, "the copy of '.env' differs from the stored file");
  };
  expect_refused_untouched();
  EXPECT_THAT(scene_.context.reason, HasSubstr(".env"));
}

TEST_F(RestoringASnapshot, IsRefusedWhereTheReleaseCannotReadItAndNamesOneThatIsKeptAndCan) {
  ASSERT_EQ(scene_.update(), "updated");
  release_finds({{"status", "incompatible"}, {"found", 18}, {"target", 23}});
  scene_.manager.calls.clear();
  expect_refused_untouched();
  EXPECT_EQ(scene_.workers.requests["openclaw-validate validate"]["snapshot"], name_);
  EXPECT_THAT(scene_.context.reason,
              AllOf(HasSubstr(name_), HasSubstr(std::string("openclaw-update rollback ") + old_version)));
}

TEST_F(RestoringASnapshot, OfAReleaseThatCannotBeAskedNeedsTheSameVersionOrTheSameSchemas) {
  release_finds({{"status", "unknown"}});
  EXPECT_EQ(scene_.restore(name_), "updated") << "its own version has made it: " << scene_.context.reason;
  scene_.canary = json::object();
  ASSERT_EQ(scene_.update(), "updated") << scene_.context.reason;
  scene_.workers.answer("openclaw-state schemas", {{"schemas", {{"state/openclaw.sqlite", 23}}}});
  scene_.manager.calls.clear();
  expect_refused_untouched();
  EXPECT_THAT(scene_.context.reason, HasSubstr("cannot be asked"));
  scene_.workers.answer("openclaw-state schemas", {{"schemas", {{"state/openclaw.sqlite", 18}}}});
  EXPECT_EQ(scene_.restore(name_), "updated") << scene_.context.reason;
}

TEST_F(RestoringASnapshot, TakesNothingFromWhatAReturnOrThePruningGoesBy) {
  ASSERT_EQ(scene_.update(), "updated");
  const std::string update = scene_.context.id, left = scene_.context.from.release;
  ASSERT_EQ(scene_.restore(name_), "updated") << scene_.context.reason;
  const auto state = update::state_left_by(update::Journal(scene_.state_fd()), left);
  ASSERT_TRUE(state && *state);
  EXPECT_EQ((*state)->transaction, update);
  EXPECT_THAT(scene_.workers.requests["openclaw-state discard"]["keep"],
              AllOf(Contains(name_), Contains(update)));
}

class ARestoreKilledIn : public testing::TestWithParam<const char*> {};

TEST_P(ARestoreKilledIn, EndsWithAGatewayThatRunsAndAWholeState) {
  Scene scene;
  scene.workers.answer("openclaw-state verify", {{"digest", "d1"}});
  const auto created = update::create_snapshot(scene.setup(), false);
  ASSERT_TRUE(created) << created.error().message;
  ASSERT_TRUE(scene.restore_until_killed_in(created->record.name, GetParam()));
  const std::string outcome = scene.recover();
  EXPECT_THAT(outcome, testing::AnyOf("refused", "rolled-back", "updated"));
  EXPECT_TRUE(scene.is_running());
  EXPECT_EQ(scene.running_version, old_version);
  EXPECT_FALSE(scene.is_open());
  EXPECT_FALSE(scene.root.exists(std::string("state/quarantine/") + old_version));
}

INSTANTIATE_TEST_SUITE_P(EachStage, ARestoreKilledIn,
                         testing::Values("plan", "validate", "snapshot", "stop", "promote", "start", "verify",
                                         "commit"));

}  // namespace
