// SPDX-License-Identifier: MIT
// What others do to the gateway's unit while an update fetches, boots a canary and copies the state.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

#include "update/support/scene.hpp"

namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

const std::string start_call = std::string("start ") + update_tests::gateway;

// Does something just before that worker begins.
void before(Scene& scene, const std::string& worker, std::function<void()> what) {
  scene.workers.before = [worker, what = std::move(what)](const std::string& name) {
    if (name == worker) what();
  };
}

// The timer's update at boot: the start job of the gateway still waited for a mount at the plan.
TEST(Meanwhile, AGatewayThatCameUpIsStartedAfterwards) {
  Scene scene(Scene::With::stopped_gateway);
  before(scene, "openclaw-fetch fetch", [&] { scene.start_gateway(); });
  ASSERT_EQ(scene.update(), "updated") << scene.context.reason;
  EXPECT_TRUE(scene.is_running());
  EXPECT_EQ(scene.running_version, new_version);
  EXPECT_TRUE(scene.called("openclaw-probe baseline")) << "it is compared with what it was";
}

TEST(Meanwhile, AGatewayThatCameUpAndIsNotFoundIsLeftAlone) {
  Scene scene(Scene::With::stopped_gateway);
  before(scene, "openclaw-fetch fetch", [&] { scene.start_gateway(); });
  scene.workers.fail("openclaw-probe find");
  EXPECT_EQ(scene.update(), "refused");
  EXPECT_THAT(scene.context.reason, HasSubstr("was started during the update; update again"));
  EXPECT_TRUE(scene.is_running());
  EXPECT_EQ(scene.running_version, old_version);
}

TEST(Meanwhile, AGatewayThatCameUpLastIsStartedWithTheOldReleaseIfTheNewOneFails) {
  Scene scene(Scene::With::stopped_gateway);
  before(scene, "openclaw-state snapshot", [&] { scene.start_gateway(); });
  scene.does_not_start = {new_version};
  EXPECT_EQ(scene.update(), "rolled-back");
  EXPECT_TRUE(scene.is_running());
  EXPECT_EQ(scene.running_version, old_version);
}

TEST(Meanwhile, AGatewayThatAnOperatorHasStoppedIsNotStarted) {
  for (const char* const worker : {"openclaw-fetch fetch", "openclaw-state snapshot"}) {
    Scene scene;
    before(scene, worker, [&] { scene.manager.unit(update_tests::gateway).rest(); });
    EXPECT_EQ(scene.update(), "updated") << worker;
    EXPECT_EQ(scene.current(), new_version);
    EXPECT_FALSE(scene.is_running()) << worker;
    EXPECT_FALSE(scene.called(start_call)) << worker;
    EXPECT_THAT(scene.context.notes, Contains(HasSubstr("was stopped during the update")));
  }
}

TEST(Meanwhile, AGatewayThatHasFailedIsStarted) {
  Scene scene;
  before(scene, "openclaw-fetch fetch", [&] {
    auto& unit = scene.manager.unit(update_tests::gateway);
    unit.rest();
    unit.status.active_state = "failed";
  });
  EXPECT_EQ(scene.update(), "updated") << scene.context.reason;
  EXPECT_TRUE(scene.is_running());
  EXPECT_THAT(scene.context.notes, Not(Contains(HasSubstr("was stopped during the update"))));
}

}  // namespace
