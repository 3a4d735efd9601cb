// SPDX-License-Identifier: MIT
// A rollback on demand: to a release that ran here, and to the state that it had left if it cannot read the
// present one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "update/support/scene.hpp"

namespace {

using testing::Contains;
using testing::HasSubstr;
using update_tests::json;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

class Returning : public testing::Test {
 protected:
  Returning() {
    EXPECT_EQ(scene_.update(), "updated") << scene_.context.reason;
    update_ = scene_.context.id;
    scene_.workers.requests.clear();
    scene_.manager.calls.clear();
  }
  void old_release_finds(const json& database) {
    scene_.workers.answer("openclaw-validate validate",
                          {{"config", {{"valid", true}}}, {"database", database}});
  }
  void old_release_cannot_read_the_database() {
    old_release_finds({{"status", "incompatible"}, {"found", 18}, {"target", 17}});
  }
  [[nodiscard]] bool restored() const { return scene_.called("openclaw-state restore"); }

  Scene scene_;
  std::string update_;
};

TEST_F(Returning, LeavesAStateAloneThatTheOldReleaseReads) {
  EXPECT_EQ(scene_.return_to(old_version), "updated") << scene_.context.reason;
  EXPECT_EQ(scene_.current(), old_version);
  EXPECT_FALSE(restored());
}

TEST_F(Returning, BringsBackTheStateThatTheOldReleaseHadLeft) {
  old_release_cannot_read_the_database();
  EXPECT_EQ(scene_.return_to(old_version), "updated") << scene_.context.reason;
  EXPECT_EQ(scene_.current(), old_version);
  const json request = scene_.workers.requests["openclaw-state restore"];
  EXPECT_EQ(request["snapshot"], update_) << "the one that was taken before the update away from it";
  EXPECT_EQ(request["digest"], "d1");
  EXPECT_THAT(scene_.context.notes, Contains(HasSubstr("/snapshots/" + update_ + "/set-aside")));
}

TEST_F(Returning, ByForceTriesNoReleaseOnAStateThatItWillNotGet) {
  old_release_cannot_read_the_database();
  scene_.workers.answer("openclaw-fetch resolve", {{"version", old_version}, {"integrity", "sha512-old"}});
  scene_.canary = {{"ready", false}, {"running", false}};
  EXPECT_EQ(scene_.update(old_version, /*force=*/true), "updated") << scene_.context.reason;
  EXPECT_EQ(scene_.current(), old_version);
  EXPECT_TRUE(restored());
}

// No preflight notices what a doctor has moved into a database.
TEST(ReturningOverAMigration, BringsBackTheStateFromBeforeIt) {
  Scene scene;
  scene.needs_migration = true;
  ASSERT_EQ(scene.update(), "updated") << scene.context.reason;
  EXPECT_EQ(scene.return_to(old_version), "updated") << scene.context.reason;
  EXPECT_EQ(scene.running_version, old_version);
  EXPECT_EQ(scene.gateway_state, "old");
  EXPECT_THAT(scene.context.notes, Contains(HasSubstr("migrated with its doctor")));
}

TEST_F(Returning, ReplacesTheStateOnlyWhenTheGatewayIsDownAndItsOwnSnapshotIsWhole) {
  old_release_cannot_read_the_database();
  scene_.workers.before = [this](const std::string& name) {
    if (name != "openclaw-state restore") return;
    EXPECT_FALSE(scene_.is_running());
    EXPECT_TRUE(scene_.called("openclaw-state settle"));
  };
  EXPECT_EQ(scene_.return_to(old_version), "updated");
}

// By an automation, or by a unit with Upholds=: it would write to a state that is being replaced.
TEST_F(Returning, StopsAGatewayThatWasStartedBeforeTheStateIsReplaced) {
  old_release_cannot_read_the_database();
  bool down = false;
  scene_.workers.before = [&](const std::string& name) {
    if (name == "openclaw-state settle") scene_.start_gateway();
    if (name == "openclaw-state restore") down = !scene_.is_running();
  };
  EXPECT_EQ(scene_.return_to(old_version), "updated") << scene_.context.reason;
  EXPECT_TRUE(down);
  EXPECT_EQ(scene_.running_version, old_version);
}

TEST_F(Returning, TakesASnapshotEvenWhereTheSettingsWantNone) {
  scene_.settings.update.snapshot_state = false;
  old_release_cannot_read_the_database();
  EXPECT_EQ(scene_.return_to(old_version), "updated");
  EXPECT_TRUE(scene_.called("openclaw-state settle"));
}

TEST_F(Returning, ThatFailsRestoresThePresentState) {
  old_release_cannot_read_the_database();
  scene_.does_not_start.insert(old_version);
  EXPECT_EQ(scene_.return_to(old_version), "rolled-back");
  EXPECT_EQ(scene_.current(), new_version);
  EXPECT_TRUE(scene_.is_running());
  EXPECT_FALSE(scene_.workers.requests["openclaw-state restore"].contains("snapshot")) << "its own one";
}

TEST_F(Returning, ThatIsKilledWhileTheStateIsReplacedRestoresThePresentOne) {
  for (const char* const rule : {"auto", "keep"}) {
    old_release_cannot_read_the_database();
    scene_.settings.rollback.state = config::StateRule::automatic;
    EXPECT_TRUE(scene_.return_until_killed_in(old_version, "promote"));
    if (rule == std::string("keep")) scene_.settings.rollback.state = config::StateRule::keep;
    scene_.workers.requests.clear();
    EXPECT_EQ(scene_.recover(), "rolled-back") << rule;
    EXPECT_EQ(scene_.current(), new_version);
    const json request = scene_.workers.requests["openclaw-state restore"];
    EXPECT_TRUE(request.is_object() && !request.contains("snapshot")) << rule;
  }
}

TEST_F(Returning, IsRefusedWhenTheSettingsForbidToRestore) {
  old_release_cannot_read_the_database();
  for (const auto rule : {config::StateRule::keep, config::StateRule::refuse}) {
    scene_.settings.rollback.state = rule;
    EXPECT_EQ(scene_.return_to(old_version), "refused");
    EXPECT_THAT(scene_.context.reason, HasSubstr("schema 18, it supports 17"));
    EXPECT_THAT(scene_.context.reason, HasSubstr("in [rollback] of helpers.ini"));
    EXPECT_TRUE(scene_.is_running());
  }
}

TEST_F(Returning, IsRefusedWithoutASnapshotUnlessItIsForced) {
  EXPECT_TRUE(update::Journal(scene_.state_fd()).remove(update_));
  old_release_cannot_read_the_database();
  EXPECT_EQ(scene_.return_to(old_version), "refused");
  EXPECT_THAT(scene_.context.reason, HasSubstr("no snapshot"));
  EXPECT_EQ(scene_.return_to(old_version, true), "updated");
  EXPECT_FALSE(restored());
}

TEST_F(Returning, ToAReleaseWithoutPreflightGoesByTheSchemaThatItHadLeft) {
  old_release_finds({{"supported", false}, {"status", "unknown"}});
  EXPECT_EQ(scene_.return_to(old_version), "updated");
  EXPECT_FALSE(restored()) << "the schema is as it was";
  EXPECT_EQ(scene_.return_to(new_version), "updated");
  scene_.workers.answer("openclaw-state schemas", {{"schemas", {{"state/openclaw.sqlite", 19}}}});
  EXPECT_EQ(scene_.return_to(old_version), "updated");
  EXPECT_TRUE(restored());
}

TEST_F(Returning, ReplacesNoStateWhoseSchemaCouldNotBeRead) {
  old_release_finds({{"supported", false}, {"status", "unknown"}});
  scene_.workers.fail("openclaw-state schemas", "too many open files");
  EXPECT_EQ(scene_.return_to(old_version), "refused");
  EXPECT_THAT(scene_.context.reason, HasSubstr("too many open files"));
  EXPECT_FALSE(restored());
  EXPECT_EQ(scene_.current(), new_version);
}

TEST_F(Returning, BringsBackAConfigurationThatTheOldReleaseAccepts) {
  scene_.workers.answer(
      "openclaw-validate validate",
      {{"config", {{"valid", false}, {"issues", {{{"path", "gateway.mode"}, {"message", "unknown"}}}}}},
       {"database", {{"status", "exact"}}}});
  EXPECT_EQ(scene_.return_to(old_version), "updated");
  EXPECT_TRUE(restored());
}

TEST_F(Returning, IgnoresAHoldAndAQuarantine) {
  scene_.root.write("state/hold", "a person wants it so\n");
  EXPECT_EQ(scene_.return_to(old_version), "updated") << scene_.context.reason;
}

TEST_F(Returning, KeepsTheSnapshotsOfTheReleasesThatAreStillThere) {
  const json request = [&] {
    EXPECT_EQ(scene_.return_to(old_version), "updated");
    return scene_.workers.requests["openclaw-state discard"];
  }();
  EXPECT_THAT(request["keep"].get<std::vector<std::string>>(),
              testing::ElementsAre(update_, scene_.context.id));
}

}  // namespace
