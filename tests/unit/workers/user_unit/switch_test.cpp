// SPDX-License-Identifier: MIT
// Stops and starts user units.
#include "workers/user_unit/switch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_service_manager.hpp"
#include "support/temporary_directory.hpp"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* unit = "openclaw-gateway.service";

TEST(UserUnitSwitch, StopsAUnitAndLeavesItUnfailed) {
  bus_tests::FakeServiceManager manager;
  manager.add(unit).run();
  ASSERT_TRUE(workers::user_unit::stop_unit(manager, unit));
  EXPECT_THAT(manager.calls,
              ElementsAre("stop openclaw-gateway.service", "reset-failed openclaw-gateway.service"));
}

TEST(UserUnitSwitch, HasNothingToStopWhereThereIsNone) {
  bus_tests::FakeServiceManager manager;
  ASSERT_TRUE(workers::user_unit::stop_unit(manager, unit));
  EXPECT_THAT(manager.calls, IsEmpty());
}

// A unit that is restarted at once would be a second gateway.
TEST(UserUnitSwitch, IsNotDoneWhileTheUnitRuns) {
  bus_tests::FakeServiceManager manager;
  auto& gateway = manager.add(unit);
  gateway.run();
  gateway.on_stop = [](bus_tests::FakeUnit&) { return "canceled"; };
  const auto done = workers::user_unit::stop_unit(manager, unit);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("after its job ended with \"canceled\""));
}

TEST(UserUnitSwitch, StartsAUnit) {
  bus_tests::FakeServiceManager manager;
  manager.add(unit);
  ASSERT_TRUE(workers::user_unit::start_unit(manager, unit));
  EXPECT_EQ(manager.unit(unit).status.active_state, "active");
}

TEST(UserUnitSwitch, SaysThatAUnitDidNotStart) {
  bus_tests::FakeServiceManager manager;
  manager.add(unit).on_start = [](bus_tests::FakeUnit& started) {
    started.fail("exit-code");
    return "failed";
  };
  EXPECT_FALSE(workers::user_unit::start_unit(manager, unit));
}

TEST(UserUnitSwitch, IsOfTheMarksOfThatUserAlone) {
  test_support::TemporaryDirectory folder;
  folder.write("1000-openclaw-gateway.service", "");
  folder.write("1000-openclaw-gateway-work.service", "");
  folder.write("10001-openclaw-gateway.service", "");
  folder.write("1000-note", "");
  EXPECT_THAT(*workers::user_unit::units_of(folder.path(), 1000),
              ElementsAre("openclaw-gateway-work.service", "openclaw-gateway.service"));
  EXPECT_THAT(*workers::user_unit::units_of(folder.path("absent"), 1000), IsEmpty());
}

class UserUnitMarks : public testing::Test {
 protected:
  UserUnitMarks() {
    for (const char* const folder : {"to-move", "moved", "to-return", "returned"}) state_.mkdir(folder);
  }
  bool settles(workers::user_unit::Switch what) {
    return workers::user_unit::settle_marks(what, 1000, marks_).has_value();
  }
  test_support::TemporaryDirectory state_;
  const contract::UserUnitMarks marks_{state_.path("to-move"), state_.path("moved"), state_.path("to-return"),
                                       state_.path("returned")};
};

TEST_F(UserUnitMarks, AreWhereTheyAreWishedToBe) {
  state_.write("to-move/1000-openclaw-gateway.service", "x");
  ASSERT_TRUE(settles(workers::user_unit::Switch::stop_moved));
  EXPECT_THAT(state_.names("to-move"), IsEmpty());
  EXPECT_THAT(state_.names("moved"), ElementsAre("1000-openclaw-gateway.service"));
  state_.write("to-return/1000-openclaw-gateway.service", "x");
  ASSERT_TRUE(settles(workers::user_unit::Switch::start_returned));
  EXPECT_THAT(state_.names("to-return"), IsEmpty());
  EXPECT_THAT(state_.names("moved"), IsEmpty());
  EXPECT_THAT(state_.names("returned"), ElementsAre("1000-openclaw-gateway.service"));
}

TEST_F(UserUnitMarks, OfOtherUsersAndOtherGatewaysStayWhereTheyAre) {
  state_.write("to-move/10001-openclaw-gateway.service", "x");
  state_.write("moved/1000-openclaw-gateway-work.service", "x");
  state_.write("to-return/1000-openclaw-gateway.service", "x");
  ASSERT_TRUE(settles(workers::user_unit::Switch::stop_moved));
  EXPECT_THAT(state_.names("moved"), ElementsAre("1000-openclaw-gateway-work.service"));
  ASSERT_TRUE(settles(workers::user_unit::Switch::start_returned));
  EXPECT_THAT(state_.names("moved"), ElementsAre("1000-openclaw-gateway-work.service"));
  EXPECT_THAT(state_.names("to-move"), ElementsAre("10001-openclaw-gateway.service"));
}

TEST_F(UserUnitMarks, OfNoUserNeedNoFolders) {
  EXPECT_TRUE(workers::user_unit::settle_marks(
      workers::user_unit::Switch::stop_moved, 1000,
      {state_.path("a"), state_.path("b"), state_.path("c"), state_.path("d")}));
}

}  // namespace
