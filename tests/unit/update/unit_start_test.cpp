// SPDX-License-Identifier: MIT
// Checks before the updater's unit is started on request.
#include "update/unit_start.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_service_manager.hpp"
#include "support/temporary_directory.hpp"
#include "update/journal.hpp"

namespace {

using base::ErrorKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using update::update_unit;

class UnitStart : public testing::Test {
 protected:
  UnitStart() { manager_.add(update_unit); }
  base::Result<void> idle(update::Unfinished unfinished = update::Unfinished::is_refused) {
    return update::require_idle(manager_, state_.fd(), update_unit, unfinished);
  }
  base::Result<void> start_for_gateway() {
    update::Intent intent;
    intent.origin = update::Origin::gateway;
    intent.wanted = "2026.9.6";
    return update::start_for(manager_, state_.fd(), runtime_.fd(), update_unit, intent);
  }
  std::optional<update::Intent> left() {
    const auto taken = update::take_intent(runtime_.fd(), update_unit);
    EXPECT_TRUE(taken) << taken.error().message;
    return taken.value_or(std::nullopt);
  }

  test_support::TemporaryDirectory state_{test_support::TemporaryDirectory::fast_place()},
      runtime_{test_support::TemporaryDirectory::fast_place()};
  bus_tests::FakeServiceManager manager_;
};

TEST_F(UnitStart, IsFreeWhereNobodyIsAtWork) {
  EXPECT_TRUE(idle());
  EXPECT_TRUE(idle()) << "looking keeps nobody out";
}

TEST_F(UnitStart, IsNotMadeOfAUnitThatIsNotThere) {
  manager_.remove(update_unit);
  const auto refused = idle();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::not_found);
  EXPECT_THAT(refused.error().message, HasSubstr("reinstall openclaw-systemd"));
}

TEST_F(UnitStart, OfAMaskedUnitSaysHowToUnmaskIt) {
  manager_.unit(update_unit).status.load_state = "masked";
  const auto refused = idle();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr(std::string("systemctl unmask ") + update_unit));
}

TEST_F(UnitStart, WaitsForTheRunThatIsAtWork) {
  for (const char* state : {"activating", "deactivating"}) {
    manager_.unit(update_unit).status.active_state = state;
    const auto refused = idle();
    ASSERT_FALSE(refused) << state;
    EXPECT_EQ(refused.error().kind, ErrorKind::busy);
  }
  manager_.unit(update_unit).status.active_state = "failed";
  EXPECT_TRUE(idle()) << "one that has failed may be started again";
}

TEST_F(UnitStart, WaitsForWhoeverHoldsTheLock) {
  {
    const auto held = update::take_lock(state_.fd());
    ASSERT_TRUE(held);
    const auto refused = idle();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::busy);
    EXPECT_THAT(refused.error().message, HasSubstr("another update is in progress"));
  }
  EXPECT_TRUE(idle());
}

TEST_F(UnitStart, IsNotMadeOverAnUpdateThatIsNotFinished) {
  const std::string id = update::transaction_id(3, 1'795'000'000'000);
  ASSERT_TRUE(update::Journal(state_.fd()).begin(id));
  const auto refused = idle();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::refused);
  EXPECT_THAT(refused.error().message, HasSubstr(id + " is not finished; openclaw-update recover"));
  EXPECT_TRUE(idle(update::Unfinished::is_completed_first)) << "an update begins with that";
}

TEST_F(UnitStart, WithoutWaitingLeavesTheIntent) {
  ASSERT_TRUE(start_for_gateway());
  EXPECT_THAT(manager_.calls, ElementsAre(std::string("start-without-waiting ") + update_unit));
  EXPECT_TRUE(update::take_lock(state_.fd())) << "the run that was started needs it";
  const auto intent = left();
  ASSERT_TRUE(intent);
  EXPECT_EQ(intent->wanted, "2026.9.6");
}

TEST_F(UnitStart, WithoutWaitingLeavesNoIntentWhileAnUpdaterRuns) {
  const auto held = update::take_lock(state_.fd());
  ASSERT_TRUE(held);
  EXPECT_FALSE(start_for_gateway());
  EXPECT_THAT(manager_.calls, IsEmpty());
  EXPECT_FALSE(left());
}

TEST_F(UnitStart, ThatSystemdRefusesLeavesNothingForTheNextRun) {
  manager_.refuse(std::string("start-without-waiting ") + update_unit, {ErrorKind::unavailable, 0, "no bus"});
  EXPECT_FALSE(start_for_gateway());
  EXPECT_FALSE(left());
}

}  // namespace
