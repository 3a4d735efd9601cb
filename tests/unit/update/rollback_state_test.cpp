// SPDX-License-Identifier: MIT
// A rollback, and the state of the gateway: what the setting state= of [rollback] restores and keeps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "update/support/rolling_back.hpp"

namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using update_tests::json;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::RollingBack;
using update_tests::Scene;

class StateRules : public RollingBack {
 protected:
  void schema_moves() {
    scene_.workers.answer("openclaw-state schemas", {{"schemas", {{"state/openclaw.sqlite", 19}}}});
  }
  void old_release_finds(const std::string& status) {
    scene_.workers.before = [this, status](const std::string& name) {
      if (name == "openclaw-state schemas")
        scene_.workers.answer("openclaw-validate validate", {{"database", {{"status", status}}}});
    };
  }
  // The gateway becomes ready, and then something is found to be lost.
  void becomes_ready_and_fails() {
    scene_.report["channels_known"] = true;
    scene_.report["channels"] = {"telegram"};
    when_new_starts([&] { scene_.report["channels"] = json::array(); });
  }
};

TEST_F(StateRules, AutoRestoresWhenTheNewReleaseNeverBecameReady) {
  scene_.never_ready.insert(new_version);
  expect_rolled_back();
  EXPECT_TRUE(restored());
  EXPECT_THAT(scene_.context.notes, Contains(HasSubstr("set-aside")));
}

TEST_F(StateRules, AutoKeepsWhatAReadyReleaseMadeWhenTheSchemaIsAsItWas) {
  becomes_ready_and_fails();
  expect_rolled_back();
  EXPECT_FALSE(restored());
}

TEST_F(StateRules, AutoKeepsAMovedSchemaThatTheOldReleaseReads) {
  becomes_ready_and_fails();
  schema_moves();
  old_release_finds("exact");
  expect_rolled_back();
  EXPECT_FALSE(restored());
}

TEST_F(StateRules, AutoRestoresAMovedSchemaThatTheOldReleaseCannotRead) {
  for (const char* const status : {"incompatible", "unknown", ""}) {
    Scene scene;
    scene.report["channels_known"] = true;
    scene.report["channels"] = {"telegram"};
    auto& gateway = scene.manager.unit(update_tests::gateway);
    gateway.on_start = [&, start = gateway.on_start](auto& started) {
      const auto result = start(started);
      if (scene.running_version == new_version) scene.report["channels"] = json::array();
      return result;
    };
    scene.workers.answer("openclaw-state schemas", {{"schemas", {{"state/openclaw.sqlite", 19}}}});
    scene.workers.before = [&](const std::string& name) {
      if (name == "openclaw-state schemas")
        scene.workers.answer("openclaw-validate validate", {{"database", {{"status", status}}}});
    };
    EXPECT_EQ(scene.update(), "rolled-back") << status;
    EXPECT_TRUE(scene.called("openclaw-state restore")) << status;
  }
}

TEST_F(StateRules, AutoRestoresWhereADatabaseIsGoneOrTheFirstOneCameAlong) {
  const json none = json::object();
  for (const auto& [then, now] : {std::pair{json{{"state/openclaw.sqlite", 18}}, none},
                                  std::pair{none, json{{"state/openclaw.sqlite", 18}}}}) {
    Scene scene;
    scene.report["channels_known"] = true;
    scene.report["channels"] = {"telegram"};
    auto& gateway = scene.manager.unit(update_tests::gateway);
    gateway.on_start = [&, start = gateway.on_start](auto& started) {
      const auto result = start(started);
      if (scene.running_version == new_version) scene.report["channels"] = json::array();
      return result;
    };
    scene.workers.answer("openclaw-state snapshot", {{"digest", "d1"}, {"schemas", then}});
    scene.workers.answer("openclaw-state settle", {{"digest", "d1"}, {"schemas", then}});
    scene.workers.answer("openclaw-state schemas", {{"schemas", now}});
    scene.workers.before = [&](const std::string& name) {
      if (name == "openclaw-state schemas")
        scene.workers.answer("openclaw-validate validate", {{"database", {{"status", "unknown"}}}});
    };
    EXPECT_EQ(scene.update(), "rolled-back") << then;
    EXPECT_TRUE(scene.called("openclaw-state restore")) << then;
  }
}

TEST_F(StateRules, AutoRestoresAKeptStateWithWhichTheOldReleaseDoesNotRun) {
  becomes_ready_and_fails();
  unit().on_start = [this, start = unit().on_start](auto& started) {
    scene_.does_not_start.clear();
    if (scene_.current() == old_version && !restored()) scene_.does_not_start.insert(old_version);
    return start(started);
  };
  expect_rolled_back();
  EXPECT_TRUE(restored());
  EXPECT_THAT(scene_.context.notes, Contains(HasSubstr("with the state that the new release left")));
  EXPECT_TRUE(scene_.is_quarantined()) << "the old release ended because of what the new one has left";
}

TEST_F(StateRules, KeepNeverRestoresNotEvenForAnOldReleaseThatDoesNotRun) {
  scene_.settings.rollback.state = config::StateRule::keep;
  becomes_ready_and_fails();
  scene_.does_not_start.insert(old_version);
  EXPECT_EQ(scene_.update(), "rollback-failed");
  EXPECT_FALSE(restored());
}

TEST_F(StateRules, RestoreAlwaysRestoresOnceTheNewReleaseHasRun) {
  scene_.settings.rollback.state = config::StateRule::restore;
  becomes_ready_and_fails();
  expect_rolled_back();
  EXPECT_TRUE(restored());
}

TEST_F(StateRules, KeepNeverRestores) {
  scene_.settings.rollback.state = config::StateRule::keep;
  scene_.never_ready.insert(new_version);
  expect_rolled_back();
  EXPECT_FALSE(restored());
}

TEST_F(StateRules, RefuseStartsTheOldReleaseAndRequiresAnOperator) {
  scene_.settings.rollback.state = config::StateRule::refuse;
  scene_.never_ready.insert(new_version);
  EXPECT_EQ(scene_.update(), "rollback-failed");
  EXPECT_FALSE(restored());
  EXPECT_EQ(scene_.running_version, old_version);
  EXPECT_THAT(scene_.context.notes, Contains(AllOf(HasSubstr("state=refuse"), HasSubstr("/snapshots/"))));
}

TEST_F(StateRules, RefuseIsContentWhereNothingHadToBeRestored) {
  scene_.settings.rollback.state = config::StateRule::refuse;
  becomes_ready_and_fails();
  expect_rolled_back();
}

TEST_F(StateRules, StartTheOldReleaseEvenWhenTheStateCannotBeRestored) {
  scene_.never_ready.insert(new_version);
  scene_.workers.fail("openclaw-state restore", "no space left");
  EXPECT_EQ(scene_.update(), "rollback-failed");
  EXPECT_EQ(scene_.running_version, old_version);
  EXPECT_TRUE(scene_.is_running());
}

TEST_F(StateRules, RestoreBeforeTheOldReleaseStarts) {
  scene_.never_ready.insert(new_version);
  scene_.workers.before = [&](const std::string& name) {
    if (name == "openclaw-state restore") {
      EXPECT_FALSE(scene_.is_running());
      EXPECT_EQ(scene_.current(), old_version);
    }
  };
  expect_rolled_back();
}

TEST_F(StateRules, TouchNoStateOfAGatewayThatDoesNotStop) {
  scene_.never_ready.insert(new_version);
  unit().on_stop = [&](auto& stopped) -> bus::JobResult {
    if (scene_.running_version == new_version) return "timeout";
    stopped.rest();
    return "done";
  };
  EXPECT_EQ(scene_.update(), "rollback-failed");
  EXPECT_FALSE(restored());
  EXPECT_EQ(scene_.current(), old_version) << "what starts next is the old one";
}

}  // namespace
