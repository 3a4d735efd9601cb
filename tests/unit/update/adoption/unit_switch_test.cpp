// SPDX-License-Identifier: MIT
// The switch from a user unit to the system unit and back, killed after each of its steps: at any time
// exactly one of the two may start, and at the end one is running.
#include "update/adoption/unit_switch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "support/disk_witness.hpp"
#include "support/fake_service_manager.hpp"
#include "support/temporary_directory.hpp"
#include "update/adoption/support/user_unit.hpp"

namespace {

using base::ErrorKind;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* unit = "openclaw-gateway.service";
const std::string mark = "1000-openclaw-gateway.service";
constexpr const char* way_back = "openclaw-user-unit-start@1000.service";
struct Killed {};

// Both managers in one: the test performs what the suite's units do to the user's manager.
class UnitSwitch : public testing::Test {
 protected:
  UnitSwitch() {
    places_.marks = update_tests::marks_in(state_);
    auto& system = manager_.add(unit);
    system.on_start = [this](bus_tests::FakeUnit& started) -> bus::JobResult {
      // The required unit comes first: the user unit is stopped in any case.
      update_tests::settle_move(places_.marks);
      if (!is_moved()) return "assert";
      user_runs_ = false;
      if (system_fails_) {
        started.fail("exit-code");
        return "failed";
      }
      started.run();
      return "done";
    };
    auto& back = manager_.add(way_back);
    back.oneshot = true;
    back.on_start = [this](bus_tests::FakeUnit& started) -> bus::JobResult {
      manager_.unit(unit).rest();  // it conflicts
      update_tests::settle_return(places_.marks);
      if (user_fails_ || is_moved()) {
        started.fail("exit-code");
        return "failed";
      }
      user_runs_ = true;
      started.run();
      return "done";
    };
  }

  [[nodiscard]] bool is_moved() const { return state_.exists("moved/" + mark); }
  [[nodiscard]] bool system_runs() { return manager_.unit(unit).status.active_state == "active"; }
  base::Result<void> move(const update::TellStep& says = {}) {
    return update::move_to_system(manager_, places_, moved_, unit, says);
  }
  base::Result<void> give_back(const update::TellStep& says = {}) {
    return update::give_unit_back(manager_, places_, moved_, unit, says);
  }
  // The result of a boot: each manager starts its unit if the mark permits it.
  void boot() {
    user_runs_ = !is_moved();
    manager_.unit(unit).rest();
    if (is_moved() && !system_fails_) manager_.unit(unit).run();
  }
  void expect_one_gateway(const std::string& when) {
    EXPECT_NE(user_runs_, system_runs())
        << when << ": the user's " << user_runs_ << ", the system's " << system_runs();
    // After a crash, the same one is started again.
    EXPECT_EQ(system_runs(), is_moved()) << when;
  }

  test_support::TemporaryDirectory state_;
  update::AdoptionPlaces places_;
  bus_tests::FakeServiceManager manager_;
  update::MovedUnit moved_{.user = "claw", .uid = 1000, .unit = unit};
  bool user_runs_ = true, system_fails_ = false, user_fails_ = false;
};

TEST_F(UnitSwitch, MarksInFoldersThatAreOnTheDisk) {
  const test_support::DiskWitness disk;
  ASSERT_TRUE(move());
  EXPECT_NE(disk.durably_made("to-move"), test_support::DiskWitness::never) << disk.story();
}

TEST_F(UnitSwitch, StopsTheUsersAndStartsTheSystems) {
  ASSERT_TRUE(move());
  EXPECT_TRUE(is_moved());
  EXPECT_TRUE(system_runs());
  EXPECT_FALSE(user_runs_);
}

TEST_F(UnitSwitch, ThereAndBackLeavesNoMark) {
  ASSERT_TRUE(move());
  const auto done = give_back();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(user_runs_);
  EXPECT_FALSE(system_runs());
  EXPECT_THAT(state_.names("moved"), IsEmpty());
  EXPECT_THAT(state_.names("returned"), IsEmpty());
  EXPECT_THAT(state_.names("to-move"), IsEmpty());
  EXPECT_THAT(state_.names("to-return"), IsEmpty());
}

TEST_F(UnitSwitch, GivesNothingBackThatWasNotMoved) {
  const auto done = give_back();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(user_runs_);
  EXPECT_THAT(manager_.calls, IsEmpty());
}

TEST_F(UnitSwitch, SaysWhatBecameOfTheStart) {
  system_fails_ = true;
  const auto done = move();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("the start of openclaw-gateway.service ended with \"failed\""));
}

TEST_F(UnitSwitch, AFailedMoveIsGivenBack) {
  system_fails_ = true;
  ASSERT_FALSE(move());
  ASSERT_TRUE(give_back());
  EXPECT_TRUE(user_runs_);
  EXPECT_FALSE(is_moved());
}

TEST_F(UnitSwitch, TheSystemsGoesOnWhereTheUsersDoesNotStart) {
  ASSERT_TRUE(move());
  user_fails_ = true;
  const auto done = give_back();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(done.error().message, HasSubstr("the user unit openclaw-gateway.service of claw does not "
                                              "start, and openclaw-gateway.service continues to run"));
  EXPECT_TRUE(is_moved());
  EXPECT_TRUE(system_runs());
}

TEST_F(UnitSwitch, AKillAtAnyStepLeavesOneGatewayAndABootOne) {
  for (std::size_t allowed = 0; allowed < 4; ++allowed) {
    for (const bool boots : {false, true}) {
      std::size_t taken = 0;
      const auto dies = [&](const std::string&) {
        if (taken++ == allowed) throw Killed{};
      };
      const std::string when = "after step " + std::to_string(allowed) + (boots ? ", and a boot" : "");
      try {
        static_cast<void>(move(dies));
        static_cast<void>(give_back(dies));
      } catch (const Killed&) {
      }
      if (boots) boot();
      expect_one_gateway(when);
      const auto back = give_back();
      ASSERT_TRUE(back) << when << ": " << back.error().message;
      expect_one_gateway(when + ", given back");
      EXPECT_FALSE(is_moved()) << when;
      if (!user_runs_) boot();
      EXPECT_TRUE(user_runs_) << when;
    }
  }
}

}  // namespace
