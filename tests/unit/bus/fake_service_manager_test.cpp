// SPDX-License-Identifier: MIT
// The fake has to behave as the interface says: other tests believe it.
#include "../support/fake_service_manager.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using bus_tests::FakeServiceManager;
using bus_tests::FakeUnit;
using testing::ElementsAre;

TEST(FakeServiceManager, RecordsCallsInOrderAndMovesStates) {
  FakeServiceManager manager;
  manager.add("a.service");
  EXPECT_EQ(manager.start("a.service", {}).value_or(""), "done");
  const auto first = manager.status("a.service");
  EXPECT_EQ(first->active_state, "active");
  EXPECT_NE(first->main_pid, 0);
  EXPECT_EQ(manager.stop("a.service", {}).value_or(""), "done");
  EXPECT_EQ(manager.status("a.service")->active_state, "inactive");
  EXPECT_THAT(manager.calls, ElementsAre("start a.service", "stop a.service"));
}

TEST(FakeServiceManager, AJobTakesTimeAndCanBeGivenUp) {
  FakeServiceManager manager;
  manager.add("a.service").start_takes = 1s;
  EXPECT_TRUE(manager.start("a.service", {}));
  EXPECT_EQ(manager.now, 1s);
  const auto given_up = manager.start("a.service", [&] { return manager.now < 1500ms; });
  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.error().kind, base::ErrorKind::busy);
}

TEST(FakeServiceManager, AScriptDecidesHowAJobEnds) {
  FakeServiceManager manager;
  manager.add("a.service").on_start = [](FakeUnit& unit) {
    unit.fail("exit-code");
    return "failed";
  };
  EXPECT_EQ(manager.start("a.service", {}).value_or(""), "failed");
  EXPECT_EQ(manager.status("a.service")->result, "exit-code");
  EXPECT_TRUE(manager.reset_failed("a.service"));
  EXPECT_EQ(manager.status("a.service")->active_state, "inactive");
}

TEST(FakeServiceManager, ATemplateHasInstances) {
  FakeServiceManager manager;
  manager.add("w@.service").oneshot = true;
  EXPECT_TRUE(manager.start("w@1.service", {}));
  EXPECT_EQ(manager.status("w@1.service")->active_state, "inactive");
  EXPECT_FALSE(manager.start("x@1.service", {}));
}

TEST(FakeServiceManager, AJobThatNobodyWaitsForEndsWithTime) {
  FakeServiceManager manager;
  manager.add("a.service").start_takes = 1s;
  EXPECT_TRUE(manager.start_without_waiting("a.service"));
  EXPECT_EQ(manager.status("a.service")->active_state, "activating");
  manager.idle(2s);
  EXPECT_EQ(manager.status("a.service")->active_state, "active");
}

TEST(FakeServiceManager, ARefusedCallFailsAndDoesNothing) {
  FakeServiceManager manager;
  manager.add("a.service");
  manager.refuse("start a.service", {base::ErrorKind::refused, 0, "no"});
  EXPECT_FALSE(manager.start("a.service", {}));
  EXPECT_EQ(manager.status("a.service")->active_state, "inactive");
}

}  // namespace
