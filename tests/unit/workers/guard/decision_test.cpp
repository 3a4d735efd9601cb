// SPDX-License-Identifier: MIT
// What is done with a state when an image starts on it: each row of the table, and the most similar case.
#include "workers/guard/decision.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using config::StateRule;
using testing::HasSubstr;
using workers::guard::Course;
using workers::guard::decide;
using workers::guard::Decision;
using workers::guard::Kept;
using workers::guard::Look;
using workers::guard::Reads;

constexpr std::array every_rule = {StateRule::automatic, StateRule::keep, StateRule::restore,
                                   StateRule::refuse};
const contract::Schemas old_schemas = {{"state/openclaw.sqlite", 17}};
const contract::Schemas new_schemas = {{"state/openclaw.sqlite", 18}};

Kept kept(const std::string& name, const std::string& version, const contract::Schemas& schemas) {
  Kept one;
  one.name = name;
  one.version = version;
  one.schemas = schemas;
  return one;
}

// 2026.9.5 returns to the state that 2026.9.6 has changed.
Look older_image() {
  Look look;
  look.image = "2026.9.5";
  look.last = "2026.9.6";
  look.has_state = true;
  look.reads = Reads::not_at_all;
  look.schemas = new_schemas;
  look.left = look.fitting = kept("guard-000001-2026.9.5", "2026.9.5", old_schemas);
  return look;
}

Look newer_image() {
  Look look;
  look.image = "2026.9.6";
  look.last = "2026.9.5";
  look.has_state = true;
  look.reads = Reads::after_migration;
  look.schemas = old_schemas;
  return look;
}

TEST(Decision, HasNothingToGuardOnAnEmptyVolume) {
  for (const StateRule rule : every_rule) {
    Look look;
    look.image = "2026.9.6";
    EXPECT_EQ(decide(look, rule).course, Course::begin);
    look.last = "2026.9.5";
    EXPECT_EQ(decide(look, rule).course, Course::begin) << "a volume that was emptied";
  }
}

TEST(Decision, GivesAVersionItsFilesBackThatANewerDoctorHasMoved) {
  Look look = older_image();
  look.reads = Reads::as_they_are;
  EXPECT_EQ(decide(look, StateRule::automatic).course, Course::keep) << "nothing was moved";
  look.changed_by = {"2026.9.5"};
  EXPECT_EQ(decide(look, StateRule::automatic).course, Course::keep) << "its own doctor has moved them";
  look.changed_by = {"2026.9.5", "2026.9.6"};
  const Decision decision = decide(look, StateRule::automatic);
  EXPECT_EQ(decision.course, Course::restore);
  EXPECT_THAT(decision.reason, HasSubstr("the doctor of OpenClaw 2026.9.6 has changed or moved files"));
}

TEST(Decision, DoesNothingForTheVersionThatLastRan) {
  for (const StateRule rule : every_rule) {
    Look look = older_image();
    look.last = look.image;
    EXPECT_EQ(decide(look, rule).course, Course::go_on);
  }
}

TEST(Decision, KeepsTheStateForANewerImageUnderEveryPolicy) {
  for (const StateRule rule : every_rule) {
    const Decision decision = decide(newer_image(), rule);
    EXPECT_EQ(decision.course, Course::keep);
    EXPECT_FALSE(decision.is_unfit);
    EXPECT_EQ(decision.reason, "");
  }
}

TEST(Decision, KeepsAStateThatNobodyHasRecorded) {
  Look look = newer_image();
  look.last.reset();
  EXPECT_EQ(decide(look, StateRule::automatic).course, Course::keep);
  look.last = "";
  look.image = "";
  EXPECT_EQ(decide(look, StateRule::automatic).course, Course::keep)
      << "two unknown versions are not the same";
}

TEST(Decision, RestoresForAnOlderImageThatCannotReadTheDatabases) {
  const Decision decision = decide(older_image(), StateRule::automatic);
  EXPECT_EQ(decision.course, Course::restore);
  EXPECT_THAT(decision.reason, HasSubstr("2026.9.5 cannot read the databases"));
}

TEST(Decision, KeepsTheStateForAnOlderImageThatReadsTheDatabases) {
  Look look = older_image();
  look.reads = Reads::as_they_are;
  EXPECT_EQ(decide(look, StateRule::automatic).course, Course::keep);
  EXPECT_EQ(decide(look, StateRule::refuse).course, Course::keep);
  EXPECT_EQ(decide(look, StateRule::keep).course, Course::keep);
}

TEST(Decision, WithThePolicyRestoreGivesEveryOlderImageItsOwnState) {
  Look look = older_image();
  look.reads = Reads::as_they_are;
  EXPECT_EQ(decide(look, StateRule::restore).course, Course::restore);
  look.fitting.reset();
  EXPECT_EQ(decide(look, StateRule::restore).course, Course::keep) << "it reads what is there";
  look.reads = Reads::not_at_all;
  EXPECT_EQ(decide(look, StateRule::restore).course, Course::refuse);
  look = newer_image();
  look.fitting = kept("guard-000001-2026.9.6", "2026.9.6", new_schemas);
  EXPECT_EQ(decide(look, StateRule::restore).course, Course::keep)
      << "a newer one goes on with what is there";
}

TEST(Decision, RefusesWithoutASnapshotThatFitsAndSaysWhatToStart) {
  Look look = older_image();
  look.left.reset();
  look.fitting.reset();
  const Decision decision = decide(look, StateRule::automatic);
  EXPECT_EQ(decision.course, Course::refuse);
  EXPECT_THAT(decision.reason, HasSubstr("no snapshot of OpenClaw 2026.9.5 is kept on this volume"));
  EXPECT_THAT(decision.next_step, HasSubstr("start the image of OpenClaw 2026.9.6 or a newer one"));
}

TEST(Decision, NamesASnapshotThatDoesNotFit) {
  Look look = older_image();
  look.fitting.reset();
  look.fault_of_left = "is damaged";
  EXPECT_THAT(decide(look, StateRule::automatic).reason,
              HasSubstr("the snapshot guard-000001-2026.9.5 is damaged"));
}

TEST(Decision, WithThePolicyRefusePutsNothingBackByItself) {
  const Decision decision = decide(older_image(), StateRule::refuse);
  EXPECT_EQ(decision.course, Course::refuse);
  EXPECT_THAT(decision.next_step, HasSubstr("--state-policy auto"));
  EXPECT_THAT(decision.next_step, HasSubstr("guard-000001-2026.9.5"));
}

TEST(Decision, WithThePolicyKeepStartsAnImageThatDoesNotFitAndSaysSo) {
  const Decision decision = decide(older_image(), StateRule::keep);
  EXPECT_EQ(decision.course, Course::keep);
  EXPECT_TRUE(decision.is_unfit);
  EXPECT_THAT(decision.reason, HasSubstr("starts it nevertheless"));
}

// Releases before 2026.8.1 do not have the command: the snapshot that they left is the evidence.
TEST(Decision, RestoresForAnOlderImageThatCannotBeAskedWhereASchemaHasMoved) {
  Look look = older_image();
  look.image = "2026.7.1";
  look.reads = Reads::nobody_can_tell;
  look.left->version = look.fitting->version = look.image;
  EXPECT_EQ(decide(look, StateRule::automatic).course, Course::restore);
  look.schemas = old_schemas;
  EXPECT_EQ(decide(look, StateRule::automatic).course, Course::keep) << "the schema is the one that it left";
}

TEST(Decision, GoesOnWithAWarningWhereNothingShowsThatAnOlderImageDoesNotFit) {
  Look look = older_image();
  look.reads = Reads::nobody_can_tell;
  look.left.reset();
  look.fitting.reset();
  const Decision decision = decide(look, StateRule::automatic);
  EXPECT_EQ(decision.course, Course::keep);
  EXPECT_FALSE(decision.is_unfit);
  EXPECT_THAT(decision.reason, HasSubstr("cannot be asked"));
}

TEST(Decision, DoesNotTakeANewerImageThatCannotBeAskedForAnOlderOne) {
  Look look = newer_image();
  look.reads = Reads::nobody_can_tell;
  look.left = look.fitting = kept("guard-000001-2026.9.6", "2026.9.6", new_schemas);
  EXPECT_EQ(decide(look, StateRule::automatic).course, Course::keep);
}

TEST(Decision, RefusesANewerImageThatCannotReadTheDatabasesEither) {
  Look look = newer_image();
  look.reads = Reads::not_at_all;
  EXPECT_EQ(decide(look, StateRule::automatic).course, Course::refuse)
      << "something newer than both has worked here unrecorded";
}

TEST(IsOlder, KnowsTheOrderOfReleases) {
  EXPECT_TRUE(workers::guard::is_older("2026.9.5", "2026.9.6"));
  EXPECT_TRUE(workers::guard::is_older("2026.9.6-beta.1", "2026.9.6"));
  EXPECT_FALSE(workers::guard::is_older("2026.10.1", "2026.9.6"));
  EXPECT_FALSE(workers::guard::is_older("2026.9.6", "2026.9.6"));
  EXPECT_FALSE(workers::guard::is_older("nightly", "2026.9.6"));
  EXPECT_FALSE(workers::guard::is_older("2026.9.6", ""));
}

TEST(HasMoved, SeesADatabaseThatChangedOrWent) {
  EXPECT_FALSE(workers::guard::has_moved(old_schemas, old_schemas));
  EXPECT_TRUE(workers::guard::has_moved(old_schemas, new_schemas));
  EXPECT_TRUE(workers::guard::has_moved(old_schemas, {}));
  EXPECT_FALSE(workers::guard::has_moved({}, new_schemas)) << "a new one is nothing that it left";
}

}  // namespace
