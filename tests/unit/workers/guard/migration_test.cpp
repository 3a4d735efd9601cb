// SPDX-License-Identifier: MIT
// The doctor of a version that follows another one on a volume: run once, killed, undone, given up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workers/guard/volume.hpp"

namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using workers_tests::Image;
using workers_tests::newer;
using workers_tests::older;
using workers_tests::start_and_die;
using workers_tests::Volume;

// As the doctor of 2026.9.6: it takes a file away, and leaves another one.
const Image moving{
    "2026.9.6", 23,
    "echo ran >> ../ran; printf half > half; rm -f credentials/oauth.json; printf whole > half"};

struct MigratedVolume : Volume {
  static constexpr const char* oauth = ".openclaw/credentials/oauth.json";
  static constexpr const char* key = ".openclaw/agents/main/agent/auth.json";

  MigratedVolume() {
    migrates = true;
    state.folder.write(oauth, "token");
    state.folder.write(key, "key");
  }
};
class AMigratedVolume : public testing::Test, protected MigratedVolume {};

TEST_F(AMigratedVolume, HasHadTheDoctorOfTheNewVersionOnceAfterASnapshot) {
  start_and_run(older, "of the older one");
  for (int starts = 0; starts < 3; ++starts) {
    const auto guarded = start(moving);
    ASSERT_TRUE(guarded) << guarded.error().message;
    EXPECT_EQ(runs_of_the_doctor(), 1);
  }
  EXPECT_FALSE(state.folder.exists(oauth));
  EXPECT_EQ(state.folder.read("snapshots/guard-000002-2026.9.5/files/state/credentials/oauth.json"), "token");
  EXPECT_EQ(recorded("version"), "2026.9.6");
  EXPECT_EQ(recorded("migrating"), "");
}

// A doctor may take minutes, and what an operator knows of it is the log.
TEST_F(AMigratedVolume, SaysWhereTheStateIsKeptBeforeTheDoctorRuns) {
  start_and_run(older, "of the older one");
  ASSERT_TRUE(start(moving));
  EXPECT_THAT(notifier.said, Contains(AllOf(HasSubstr("running openclaw doctor --fix of OpenClaw 2026.9.6"),
                                            HasSubstr("snapshots/guard-000002-2026.9.5"))));
}

TEST_F(AMigratedVolume, HasNoWordsOfAnEarlierDoctorWhileOneRuns) {
  start_and_run(older, "of the older one");
  ASSERT_TRUE(start({"2026.9.6", 23, "echo 'of the first'"}));
  const std::string seen = state.folder.path("seen");
  ASSERT_TRUE(start({"2026.9.7", 23, "cp ../state-guard/migration.json " + seen}));
  EXPECT_THAT(state.folder.read("seen"), AllOf(HasSubstr("has not ended"), Not(HasSubstr("of the first"))));
}

TEST_F(AMigratedVolume, HasNoDoctorWhereNobodyAsksForIt) {
  migrates = false;
  start_and_run(older, "of the older one");
  ASSERT_TRUE(start(moving));
  EXPECT_EQ(runs_of_the_doctor(), 0);
  EXPECT_TRUE(state.folder.exists(oauth));
}

TEST_F(AMigratedVolume, HasNoDoctorOfAnOlderVersion) {
  start_and_run(newer, "of the newer one");
  ASSERT_TRUE(start({"2026.9.5", 23, moving.doctor}));
  EXPECT_EQ(runs_of_the_doctor(), 0);
}

// Up to 2026.4.30, a doctor needs dependencies that are staged after the guard, or installs them.
TEST_F(AMigratedVolume, HasNoDoctorOfAVersionWhosePluginsAreStaged) {
  start_and_run({"2026.4.14", 18}, "of the older one");
  ASSERT_TRUE(start({"2026.4.29", 18, moving.doctor}));
  EXPECT_EQ(runs_of_the_doctor(), 0);
  ASSERT_TRUE(start({"2026.5.2", 18, moving.doctor}));
  EXPECT_EQ(runs_of_the_doctor(), 1);
}

TEST_F(AMigratedVolume, GivesAnOlderVersionTheFilesBackThatTheDoctorHasMoved) {
  start_and_run(older, "of the older one");
  ASSERT_TRUE(start(moving));
  run(older, "of the newer one, whose schema the older one knows");
  const auto guarded = start(older);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_EQ(text(), "of the older one");
  EXPECT_EQ(state.folder.read(oauth), "token");
  EXPECT_THAT(changed_by(), IsEmpty()) << "they are there again";
  EXPECT_THAT(guarded->warnings,
              ElementsAre(HasSubstr("the doctor of OpenClaw 2026.9.6 has changed or moved")));
}

TEST_F(AMigratedVolume, StaysAsItIsForAnOlderVersionWhereTheDoctorHasMovedNothing) {
  start_and_run(older, "of the older one");
  ASSERT_TRUE(start({"2026.9.6", 23, "echo ran >> ../ran"}));
  run(older, "of the newer one");
  ASSERT_TRUE(start(older));
  EXPECT_EQ(text(), "of the newer one");
}

TEST_F(AMigratedVolume, IsStartedWithAWarningWhereTheDoctorFails) {
  start_and_run(older, "of the older one");
  const Image failing{"2026.9.6", 23, "echo ran >> ../ran; echo 'no module @slack/web-api'; exit 1"};
  {
    const auto guarded = start(failing);
    ASSERT_TRUE(guarded) << guarded.error().message;
    EXPECT_THAT(guarded->warnings,
                ElementsAre(AllOf(HasSubstr("ended with status 1: no module @slack/web-api"),
                                  HasSubstr("state-guard/migration.json"))));
  }
  EXPECT_THAT(state.folder.read("state-guard/migration.json"), HasSubstr("no module"));
  ASSERT_TRUE(start(failing));
  EXPECT_EQ(runs_of_the_doctor(), 1) << "a loop of starts does not repeat it";
}

TEST_F(AMigratedVolume, IsNotStartedAfterADoctorThatWasKilledUntilOneEnds) {
  start_and_run(older, "of the older one");
  const auto guarded = start({"2026.9.6", 23, "rm credentials/oauth.json; kill -9 $$"});
  ASSERT_FALSE(guarded);
  EXPECT_EQ(guarded.error().kind, base::ErrorKind::busy) << "exit status 75";
  EXPECT_THAT(guarded.error().message, HasSubstr("the image of OpenClaw 2026.9.5 goes back to the state"));
  EXPECT_EQ(recorded("version"), "2026.9.5");
  EXPECT_EQ(reported("databases"), "migrating");
  ASSERT_TRUE(start(moving));
  EXPECT_EQ(runs_of_the_doctor(), 1);
  EXPECT_THAT(changed_by(), ElementsAre("2026.9.6")) << "what the killed one has moved counts";
}

TEST_F(AMigratedVolume, IsWhatItWasForAThirdVersionAfterADoctorThatWasKilled) {
  start_and_run(older, "of the older one");
  ASSERT_FALSE(start({"2026.9.6", 23, "rm credentials/oauth.json; kill -9 $$"}));
  const auto guarded = start({"2026.9.7", 23, "test -e credentials/oauth.json && echo ran >> ../ran"});
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_THAT(guarded->warnings,
              Contains(AllOf(HasSubstr("a doctor was interrupted"), HasSubstr("set-aside/1"))));
  EXPECT_EQ(runs_of_the_doctor(), 1) << "on the state that 2026.9.5 had left";
}

// Tokens of agents are restored only where they are missing, but for a state on which nothing has run since.
TEST_F(AMigratedVolume, HasWhatAKilledDoctorHasWrittenIntoFilesUndone) {
  start_and_run(older, "of the older one");
  ASSERT_FALSE(start({"2026.9.6", 23, "echo half > agents/main/agent/auth.json; kill -9 $$"}));
  ASSERT_TRUE(start(older));
  EXPECT_EQ(state.folder.read(key), "key");
}

TEST_F(AMigratedVolume, IsNotTriedForEverAndLeavesTwoWaysOut) {
  const Image killed{"2026.9.6", 23, "echo ran >> ../ran; rm -f credentials/oauth.json; kill -9 $$"};
  start_and_run(older, "of the older one");
  for (int starts = 0; starts < 3; ++starts) {
    const auto interrupted = start(killed);
    ASSERT_FALSE(interrupted);
    EXPECT_EQ(interrupted.error().kind, base::ErrorKind::busy) << "exit status 75";
  }
  const auto given_up = start(killed);
  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.error().kind, base::ErrorKind::bad_input) << "exit status 78";
  EXPECT_THAT(given_up.error().message, HasSubstr("was interrupted 3 times"));
  EXPECT_THAT(given_up.error().message, HasSubstr(state.folder.path("snapshots/guard-000002-2026.9.5")));
  EXPECT_THAT(given_up.error().message,
              HasSubstr("start the image of OpenClaw 2026.9.5, or this one without --migrate"));
  EXPECT_EQ(runs_of_the_doctor(), 3);
  migrates = false;
  ASSERT_TRUE(start(killed));
  EXPECT_EQ(state.folder.read(oauth), "token");
  EXPECT_EQ(recorded("version"), "2026.9.6");
  EXPECT_EQ(runs_of_the_doctor(), 3);
}

TEST_F(AMigratedVolume, HasNoDoctorWhereTheVersionBeforeIsNotKnown) {
  const auto guarded = start(moving);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_EQ(runs_of_the_doctor(), 0) << "it may be of a newer one";
  EXPECT_THAT(guarded->warnings, ElementsAre(HasSubstr("is not run, because an OpenClaw that is not known")));
}

TEST_F(AMigratedVolume, HasNoDoctorWithoutNode) {
  start_and_run(older, "of the older one");
  node.clear();
  const auto guarded = start(moving);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_THAT(guarded->warnings, ElementsAre(HasSubstr("there is no Node.js on PATH")));
  EXPECT_EQ(recorded("version"), "2026.9.6");
}

TEST_F(AMigratedVolume, GoesOnWithTheDoctorWhereTheStateBeforeCannotBeRestored) {
  start_and_run(older, "of the older one");
  ASSERT_FALSE(start({"2026.9.6", 23, "kill -9 $$"}));
  state.folder.write("snapshots/guard-000002-2026.9.5/files/state/credentials/oauth.json", "damaged");
  for (int starts = 0; starts < 2; ++starts) {
    const auto refused = start(older);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::bad_input) << "exit status 78";
    EXPECT_THAT(refused.error().message, HasSubstr("start the image of OpenClaw 2026.9.6 with --migrate"));
  }
  const auto guarded = start(moving);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_EQ(recorded("version"), "2026.9.6");
}

TEST_F(AMigratedVolume, CountsAsChangedInDoubt) {
  start_and_run(older, "of the older one");
  ASSERT_FALSE(start({"2026.9.6", 23, "kill -9 $$"}));
  state.folder.write("snapshots/guard-000002-2026.9.5/inventory.json", "damaged");
  const auto guarded = start(newer);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_THAT(guarded->warnings, ElementsAre(HasSubstr("inventory.json")));
  EXPECT_THAT(changed_by(), ElementsAre("2026.9.6"));
}

TEST_F(AMigratedVolume, GivesAnOlderVersionItsConfigBackThatTheDoctorHasRewritten) {
  start_and_run(older, "of the older one");
  const std::string before = state.folder.read(".openclaw/openclaw.json");
  ASSERT_TRUE(start({"2026.9.6", 23, "echo '{\"skills\":{}}' > openclaw.json"}));
  ASSERT_TRUE(start(older));
  EXPECT_EQ(state.folder.read(".openclaw/openclaw.json"), before);
}

TEST_F(AMigratedVolume, RemembersEachDoctorForTheVersionsBeforeIt) {
  start_and_run(older, "of the oldest");
  ASSERT_TRUE(start(moving));
  const Image third{"2026.9.7", 23, "rm agents/main/agent/auth.json"};
  ASSERT_TRUE(start(third));
  EXPECT_THAT(changed_by(), ElementsAre("2026.9.6", "2026.9.7"));
  ASSERT_TRUE(start(moving));
  EXPECT_EQ(state.folder.read(key), "key");
  EXPECT_THAT(changed_by(), ElementsAre("2026.9.6")) << "what the second has moved is still moved";
  ASSERT_TRUE(start(older));
  EXPECT_EQ(state.folder.read(oauth), "token");
  EXPECT_THAT(changed_by(), IsEmpty());
}

TEST_F(AMigratedVolume, HasTheConversationsInItsSnapshotWhileTheirIndexIsAFile) {
  state.folder.write(".openclaw/agents/main/sessions/sessions.json", "{}");
  state.folder.write(".openclaw/agents/main/sessions/one.jsonl", "hello");
  const std::string kept = "/files/state/agents/main/sessions/one.jsonl";
  start_and_run(older, "of the older one");
  ASSERT_TRUE(start({"2026.9.6", 23, "rm agents/main/sessions/sessions.json"}));
  EXPECT_EQ(state.folder.read("snapshots/guard-000002-2026.9.5" + kept), "hello");
  ASSERT_TRUE(start({"2026.9.7", 23}));
  EXPECT_FALSE(state.folder.exists("snapshots/guard-000003-2026.9.6" + kept)) << "they may be gigabytes";
}

// --- killed

// What a kill leaves of a migration: the same image completes it, and any other finds what was there before.
TEST(AMigrationThatIsKilledAtAnyStep, IsCompletedByTheSameImage) {
  int kills = 0;
  for (bool killed = true; killed; ++kills) {
    MigratedVolume volume;
    volume.start_and_run(older, "of the older one");
    killed = start_and_die(volume, moving, kills);
    const auto guarded = volume.start(moving);
    ASSERT_TRUE(guarded) << guarded.error().message;
    EXPECT_EQ(volume.state.folder.read(".openclaw/half"), "whole");
    EXPECT_EQ(volume.recorded("version"), "2026.9.6");
    EXPECT_THAT(volume.changed_by(), ElementsAre("2026.9.6"));
    EXPECT_EQ(volume.recorded("unmigrated"), "");
    EXPECT_THAT(volume.snapshots(), Contains("guard-000002-2026.9.5"));
    ASSERT_FALSE(testing::Test::HasFailure()) << "after a kill at step " << kills;
  }
  EXPECT_GT(kills, 6) << "hardly any step was killed at";
}

TEST(AMigrationThatIsKilledAtAnyStep, IsUndoneByTheImageThatRanBefore) {
  int kills = 0;
  for (;; ++kills) {
    MigratedVolume volume;
    volume.start_and_run(older, "of the older one");
    if (!start_and_die(volume, moving, kills)) break;
    const auto guarded = volume.start(older);
    ASSERT_TRUE(guarded) << guarded.error().message;
    EXPECT_EQ(volume.state.folder.read(MigratedVolume::oauth), "token");
    EXPECT_EQ(volume.text(), "of the older one");
    EXPECT_EQ(volume.recorded("version"), "2026.9.5");
    EXPECT_EQ(volume.recorded("unmigrated"), "");
    ASSERT_FALSE(testing::Test::HasFailure()) << "after a kill at step " << kills;
  }
  EXPECT_GT(kills, 6) << "hardly any step was killed at";
}

// The undoing itself is killed, and then the newer image comes: its doctor must not find a half restored
// state.
TEST(AnUndoneMigrationThatIsKilledAtAnyStep, IsUndoneByWhicheverImageComesNext) {
  const Image killed{"2026.9.6", 23, "rm credentials/oauth.json agents/main/agent/auth.json; kill -9 $$"};
  const Image looking{"2026.9.6", 23, "cat credentials/oauth.json agents/main/agent/auth.json > ../found"};
  int kills = 0;
  for (bool again = true; again; ++kills) {
    MigratedVolume volume;
    volume.start_and_run(older, "of the older one");
    ASSERT_FALSE(volume.start(killed));
    again = start_and_die(volume, older, kills);
    const auto guarded = volume.start(looking);
    ASSERT_TRUE(guarded) << guarded.error().message;
    // Before its first step nothing is undone yet, and the same image goes on.
    if (kills > 0) {
      EXPECT_EQ(volume.state.folder.read("found"), "tokenkey");
    }
    EXPECT_EQ(volume.recorded("version"), "2026.9.6");
    ASSERT_FALSE(testing::Test::HasFailure()) << "after a kill at step " << kills;
  }
  EXPECT_GT(kills, 4) << "hardly any step was killed at";
}

}  // namespace
