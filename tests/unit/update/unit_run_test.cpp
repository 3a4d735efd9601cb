// SPDX-License-Identifier: MIT
// One run of the updater's unit, and who may request what.
#include "update/unit_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fs/refusals.hpp"
#include "update/standing.hpp"
#include "update/support/scene.hpp"
#include "update/unit_start.hpp"

namespace {

using testing::AllOf;
using testing::HasSubstr;
using update::Intent;
using update::Occasion;
using update::Origin;
using update::State;
using update_tests::gateway;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

Intent of(Origin origin, const std::string& requested_by = "somebody") {
  Intent intent;
  intent.origin = origin;
  intent.requested_by = requested_by;
  return intent;
}

// --- the request

TEST(WhatIsAskedFor, IsTheChannelOfTheSettingsByDefault) {
  config::Settings settings;
  settings.update.channel = "beta";
  settings.gateway.unit = "claw.service";
  const auto context = update::context_asked_for(settings, "", std::nullopt);
  EXPECT_EQ(context.asked.wanted, "beta");
  EXPECT_EQ(context.unit, "claw.service");
  EXPECT_EQ(context.asked.requested_by, "the unit");
  EXPECT_FALSE(context.asked.force);
}

TEST(WhatIsAskedFor, IsTheVersionThatTheUnitIsNamedBy) {
  EXPECT_EQ(update::context_asked_for({}, new_version, std::nullopt).asked.wanted, new_version);
  EXPECT_EQ(update::context_asked_for({}, new_version, of(Origin::person)).asked.wanted, new_version)
      << "an intent that says nothing of it leaves it";
}

TEST(WhatIsAskedFor, IsWhatAnIntentSays) {
  Intent intent = of(Origin::person, "root");
  intent.wanted = "beta";
  intent.to_release = "2026.8.1-abc";
  intent.force = true;
  intent.request = "f00";
  const auto context = update::context_asked_for({}, "", intent);
  EXPECT_EQ(context.asked.wanted, "beta");
  EXPECT_EQ(context.to.release, "2026.8.1-abc");
  EXPECT_EQ(context.asked.requested_by, "root");
  EXPECT_EQ(context.asked.request, "f00");
  EXPECT_TRUE(context.asked.force);
}

// --- after a failed rollback

TEST(AfterARollbackThatFailed, NeitherTimerNorGatewayMayUpdate) {
  for (const auto& intent : {std::optional<Intent>(), std::optional(of(Origin::gateway))}) {
    const auto may = update::require_person_after("t7", "claw.service", intent);
    ASSERT_FALSE(may);
    EXPECT_EQ(may.error().kind, base::ErrorKind::refused);
    EXPECT_THAT(may.error().message, AllOf(HasSubstr("t7"), HasSubstr("journalctl -u claw.service"),
                                           HasSubstr("then openclaw-update")));
  }
}

TEST(AfterARollbackThatFailed, AnOperatorMay) {
  EXPECT_TRUE(update::require_person_after("t7", "claw.service", of(Origin::person)));
}

// The name of the file determines its origin; its content is only text.
TEST(AfterARollbackThatFailed, TheGatewayMayNotPretendToBeAnOperator) {
  EXPECT_FALSE(update::require_person_after("t7", "claw.service", of(Origin::gateway, "root")));
  EXPECT_TRUE(update::require_person_after("t7", "claw.service", of(Origin::person, "the gateway")));
}

TEST(AfterARollbackThatFailed, NoUpdateIsRefusedWhereNoneFailed) {
  EXPECT_TRUE(update::require_person_after("", "claw.service", std::nullopt));
  EXPECT_TRUE(update::require_person_after("", "claw.service", of(Origin::gateway)));
}

// --- a run

class AUnitsRun : public testing::Test {
 protected:
  update::UnitRun run(const std::optional<Intent>& intent = {}, const std::string& version = "") {
    auto done = update::run_unit(scene_.setup(), version, intent);
    EXPECT_TRUE(done) << done.error().message;
    return done ? std::move(*done) : update::UnitRun{};
  }
  // Neither release starts.
  void let_a_rollback_fail() {
    scene_.does_not_start = {old_version, new_version};
    ASSERT_EQ(scene_.update(), "rollback-failed");
  }

  Scene scene_;
};

TEST_F(AUnitsRun, UpdatesToWhatTheChannelHas) {
  const auto done = run();
  EXPECT_EQ(done.outcome, State::updated);
  EXPECT_EQ(scene_.current(), new_version);
  EXPECT_EQ(scene_.observer.last.asked.requested_by, "the unit");
  EXPECT_FALSE(done.forbidden_to_timer);
}

TEST_F(AUnitsRun, CompletesAnUnfinishedUpdateAndUpdatesThen) {
  ASSERT_TRUE(scene_.update_until_killed_in("promote"));
  const std::string left = scene_.context.id;
  const auto done = run();
  EXPECT_EQ(done.recovered.context.id, left);
  EXPECT_EQ(done.recovered.outcome, State::rolled_back);
  EXPECT_EQ(done.outcome, State::updated);
  EXPECT_NE(scene_.observer.last.id, left);
}

TEST_F(AUnitsRun, BeginsNothingOverARecoveryThatFails) {
  ASSERT_TRUE(scene_.update_until_killed_in("promote"));
  scene_.does_not_start = {old_version, new_version};
  const auto done = run(of(Origin::person));
  EXPECT_EQ(done.recovered.outcome, State::rollback_failed);
  EXPECT_EQ(done.outcome, std::nullopt);
}

TEST_F(AUnitsRun, OfTheTimerLeavesAFailedRollbackToAnOperator) {
  let_a_rollback_fail();
  scene_.does_not_start = {old_version};
  const auto done = update::run_unit(scene_.setup(), "", std::nullopt);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr(scene_.context.id));
  EXPECT_EQ(scene_.current(), old_version) << "nothing was promoted";
  Intent forced = of(Origin::person);
  forced.force = true;
  EXPECT_EQ(run(forced).outcome, State::updated);
}

TEST_F(AUnitsRun, OfTheTimerUpdatesNothingWhileItIsNotKnownWhetherARollbackFailed) {
  let_a_rollback_fail();
  scene_.does_not_start = {old_version};
  // Only the first question about a journal: whether its rollback failed.
  const test_support::Refusals disk([asked = 0](fs::syscalls::Call call, std::string_view name) mutable {
    return call == fs::syscalls::Call::openat2 && name == "journal" && asked++ == 0 ? EIO : 0;
  });
  const auto done = update::run_unit(scene_.setup(), "", std::nullopt);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr(scene_.context.id));
  EXPECT_EQ(scene_.current(), old_version) << "nothing was promoted";
}

TEST_F(AUnitsRun, OfTheTimerDoesNotFailByAHold) {
  ASSERT_TRUE(update::set_hold(scene_.state_fd(), {"holidays"}));
  const auto done = run();
  EXPECT_EQ(done.outcome, State::refused);
  EXPECT_TRUE(done.forbidden_to_timer);
}

TEST_F(AUnitsRun, OfTheTimerAsksForThePinnedVersionInsteadOfTheChannel) {
  ASSERT_TRUE(update::set_pin(scene_.state_fd(), new_version));
  EXPECT_EQ(run().outcome, State::updated);
  const auto history = update::Journal(scene_.state_fd()).read(scene_.observer.last.id);
  ASSERT_TRUE(history);
  EXPECT_EQ(history->context()->asked.wanted, new_version);
}

TEST_F(AUnitsRun, IsHeldByAPinWhereAnotherVersionIsAskedFor) {
  ASSERT_TRUE(update::set_pin(scene_.state_fd(), "2026.9.9"));
  Intent other = of(Origin::person);
  other.wanted = new_version;
  const auto done = run(other);
  EXPECT_EQ(done.outcome, State::refused);
  EXPECT_TRUE(done.held);
}

TEST_F(AUnitsRun, OfTheTimerDoesNotFailByAQuarantine) {
  ASSERT_TRUE(update::quarantine(scene_.state_fd(), new_version, "it died"));
  EXPECT_TRUE(run().forbidden_to_timer);
}

TEST_F(AUnitsRun, OfAPersonIsToldOfAHoldAsARefusal) {
  ASSERT_TRUE(update::set_hold(scene_.state_fd(), {"holidays"}));
  const auto done = run(of(Origin::person));
  EXPECT_EQ(done.outcome, State::refused);
  EXPECT_FALSE(done.forbidden_to_timer);
}

TEST_F(AUnitsRun, OfTheTimerFailsByARefusalThatNobodyHasAskedFor) {
  scene_.workers.fail("openclaw-fetch resolve");
  const auto done = run();
  EXPECT_EQ(done.outcome, State::refused);
  EXPECT_FALSE(done.forbidden_to_timer);
}

TEST_F(AUnitsRun, PutsIntoQuarantineWhatTheWatchdogHasRolledBack) {
  ASSERT_EQ(scene_.update(), "updated") << scene_.context.reason;
  Intent intent = of(Origin::watchdog, "the watchdog");
  intent.to_release = scene_.context.from.release;
  intent.quarantine = "it crashed in a loop";
  EXPECT_EQ(run(intent).outcome, State::updated);
  EXPECT_EQ(scene_.current(), old_version);
  EXPECT_EQ(update::quarantine_reason(scene_.state_fd(), new_version), "it crashed in a loop");
}

TEST_F(AUnitsRun, QuarantinesNothingOfAReturnThatIsRefused) {
  Intent intent = of(Origin::watchdog);
  intent.to_release = "2026.1.1-gone";
  intent.quarantine = "it crashed in a loop";
  EXPECT_EQ(run(intent).outcome, State::refused);
  EXPECT_EQ(update::quarantine_reason(scene_.state_fd(), old_version), std::nullopt);
}

// --- a recovery

TEST(ARecoveryThatIsAskedFor, IsCarriedOutByAUnitWherePeopleAsk) {
  EXPECT_FALSE(update::recovers_itself(Occasion::death, {{"TERM", "xterm"}}));
  EXPECT_TRUE(update::recovers_itself(Occasion::death, {{"INVOCATION_ID", "5a"}}));
  EXPECT_TRUE(update::recovers_itself(Occasion::boot, {}));
}

class AUnitsRecovery : public testing::Test {
 protected:
  AUnitsRecovery() { EXPECT_TRUE(scene_.update_until_killed_in("promote")); }

  Scene scene_;
};

TEST_F(AUnitsRecovery, CompletesAnOpenUpdate) {
  const auto done = update::run_recovery(scene_.setup(), Occasion::death);
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_TRUE(*done);
  EXPECT_EQ((*done)->outcome, State::rolled_back);
}

TEST_F(AUnitsRecovery, LeavesItToTheNextBootWhileTheMachineGoesDown) {
  scene_.manager.system = "stopping";
  const auto done = update::run_recovery(scene_.setup(), Occasion::death);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_FALSE(*done);
  scene_.manager.system = "running";
  EXPECT_EQ(scene_.recover(), "rolled-back") << "it is open still";
}

TEST_F(AUnitsRecovery, LeavesItToTheUpdaterThatIsAtWork) {
  const auto setup = scene_.setup();
  {
    const auto held = update::take_lock(setup.state_fd);
    ASSERT_TRUE(held) << held.error().message;
    const auto done = update::run_recovery(setup, Occasion::death);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_FALSE(*done);
  }
  EXPECT_EQ(scene_.recover(), "rolled-back") << "it is open still";
}

}  // namespace
