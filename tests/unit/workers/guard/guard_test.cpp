// SPDX-License-Identifier: MIT
// Successive images on a volume, killed at every step, and volumes that cannot be guarded.
#include "workers/guard/guard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "workers/guard/volume.hpp"

namespace {

using config::StateRule;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using workers::guard::Guarded;
using workers::guard::Guarding;
using workers_tests::Database;
using workers_tests::Image;
using workers_tests::newer;
using workers_tests::older;
using workers_tests::start_and_die;
using workers_tests::Volume;

class AVolume : public testing::Test, protected Volume {};

TEST(AnEmptyVolume, IsBegunWithoutASnapshot) {
  const test_support::TemporaryDirectory folder;
  const std::string volume = folder.path("not/made/yet");
  test_support::RecordingNotifier notifier;
  const auto guarded = workers::guard::guard_state(
      {.place = {volume, volume + "/.openclaw", volume + "/.openclaw/openclaw.json"},
       .environment = openclaw::gateway_environment({{"HOME", volume}}, ""),
       .package = "/none",
       .version = "2026.9.6"},
      notifier);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_THAT(guarded->remarks, IsEmpty());
  EXPECT_THAT(folder.names("not/made/yet"), ElementsAre("state-guard"));
  EXPECT_THAT(folder.read("not/made/yet/state-guard/record.json"), HasSubstr("2026.9.6"));
}

TEST_F(AVolume, ThatWasUsedBeforeTheGuardKnewItIsKeptAsItIs) {
  const auto guarded = start(newer);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_THAT(snapshots(), ElementsAre("guard-000001-unknown"));
  EXPECT_EQ(recorded("version"), "2026.9.6");
}

TEST_F(AVolume, GetsNoSnapshotForTheVersionThatLastRan) {
  start_and_run(older, "one");
  const auto before = snapshots();
  start_and_run(older, "two");
  EXPECT_EQ(before, snapshots());
}

TEST_F(AVolume, KeepsWhatTheOlderVersionLeftBeforeANewerOneStarts) {
  start_and_run(older, "of the older one");
  const auto guarded = start(newer);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_THAT(guarded->remarks,
              ElementsAre(HasSubstr("are kept in " + state.folder.path("snapshots/guard-000002"))));
  EXPECT_THAT(snapshots(), Contains("guard-000002-2026.9.5"));
  EXPECT_EQ(reported("databases"), "migrating");
  EXPECT_EQ(reported("before"), "2026.9.5");
}

TEST_F(AVolume, GivesAnOlderVersionItsStateBackAndLosesNothing) {
  start_and_run(older, "of the older one");
  start_and_run(newer, "of the newer one");
  const auto guarded = start(older);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_EQ(text(), "of the older one");
  EXPECT_EQ(schema(), "18");
  EXPECT_EQ(recorded("version"), "2026.9.5");
  EXPECT_EQ(recorded("restoring"), "");
  EXPECT_THAT(guarded->warnings, ElementsAre(HasSubstr("set-aside/1")));
  EXPECT_EQ(
      Database(state.folder.path("snapshots/guard-000002-2026.9.5/set-aside/1/state/state/openclaw.sqlite"))
          .ask("SELECT text FROM entries"),
      "of the newer one");
  EXPECT_EQ(Database(state.folder.path("snapshots/guard-000003-2026.9.6/files/state/state/openclaw.sqlite"))
                .ask("SELECT text FROM entries"),
            "of the newer one");
}

TEST_F(AVolume, KeepsTheStateForAnOlderVersionThatReadsIt) {
  start_and_run(older, "of the older one");
  ASSERT_TRUE(start(newer));
  run(older, "of the newer one, which has not moved the schema");
  const auto guarded = start(older);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_EQ(text(), "of the newer one, which has not moved the schema");
  EXPECT_EQ(reported("databases"), "admitted");
}

TEST_F(AVolume, RefusesAnOlderVersionWithoutASnapshotHoweverOftenItStarts) {
  start_and_run(newer, "of the newer one");
  const auto before = snapshots();
  const std::string record = state.folder.read("state-guard/record.json");
  for (int i = 0; i < 3; ++i) {
    const auto guarded = start(older);
    ASSERT_FALSE(guarded);
    EXPECT_EQ(guarded.error().kind, base::ErrorKind::bad_input) << "exit status 78";
    EXPECT_THAT(guarded.error().message, HasSubstr("start the image of OpenClaw 2026.9.6"));
  }
  EXPECT_EQ(before, snapshots());
  EXPECT_EQ(record, state.folder.read("state-guard/record.json"));
  EXPECT_EQ(text(), "of the newer one");
  EXPECT_EQ(reported("databases"), "refused");
  EXPECT_TRUE(start(newer)) << "the newer one runs as if nothing had been";
}

TEST_F(AVolume, IsNotTouchedUnderThePolicyRefuse) {
  start_and_run(older, "of the older one");
  start_and_run(newer, "of the newer one");
  const auto before = snapshots();
  const auto guarded = start(older, StateRule::refuse);
  ASSERT_FALSE(guarded);
  EXPECT_EQ(guarded.error().kind, base::ErrorKind::bad_input);
  EXPECT_EQ(before, snapshots());
  EXPECT_EQ(text(), "of the newer one");
}

TEST_F(AVolume, RemembersTheNewerVersionWhereThePolicyKeepStartsAnOlderOne) {
  start_and_run(older, "of the older one");
  start_and_run(newer, "of the newer one");
  for (int i = 0; i < 2; ++i) {
    const auto guarded = start(older, StateRule::keep);
    ASSERT_TRUE(guarded) << guarded.error().message;
    EXPECT_THAT(guarded->warnings, Contains(HasSubstr("nevertheless")));
    std::this_thread::sleep_for(std::chrono::milliseconds(40));
  }
  EXPECT_EQ(text(), "of the newer one");
  EXPECT_EQ(recorded("version"), "2026.9.6") << "its snapshots are the newer one's";
  EXPECT_EQ(reported("databases"), "refused");
}

TEST_F(AVolume, KeepsTheOlderVersionsOwnSnapshotHoweverOftenThatRunsUnderThePolicyKeep) {
  start_and_run(older, "of the older one");
  start_and_run(newer, "of the newer one");
  for (int starts = 0; starts < 5; ++starts) {
    ASSERT_TRUE(start(older, StateRule::keep));
    run(newer, "of the older one, number " + std::to_string(starts));
  }
  EXPECT_THAT(snapshots(), Contains("guard-000002-2026.9.5"));
}

TEST_F(AVolume, TakesNoSnapshotForOneThatFitsWhoseSchemasAreThoseThatCannotBeRead) {
  start_and_run(older, "of the older one");
  run(newer, "by hand, with a newer OpenClaw");
  ASSERT_TRUE(start(newer)) << "what it keeps has the name of the older one";
  EXPECT_THAT(snapshots(), Contains("guard-000002-2026.9.5"));
  const auto guarded = start(older);
  ASSERT_FALSE(guarded);
  EXPECT_THAT(guarded.error().message, HasSubstr("guard-000002-2026.9.5 cannot be read by it either"));
}

TEST_F(AVolume, PassesADamagedSnapshotOverForAnEarlierOne) {
  start_and_run(older, "first");
  start_and_run(newer, "then");
  ASSERT_TRUE(start(older));
  run(older, "second");
  start_and_run(newer, "now");
  ASSERT_THAT(snapshots(), ElementsAre("guard-000001-unknown", "guard-000002-2026.9.5",
                                       "guard-000003-2026.9.6", "guard-000004-2026.9.5"));
  std::ofstream(state.folder.path("snapshots/guard-000004-2026.9.5/files/state/openclaw.json")) << "damaged";
  const auto guarded = start(older);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_EQ(text(), "first");
}

TEST_F(AVolume, KeepsTheStateForANewerVersionThatNobodyCanAsk) {
  start_and_run(older, "of the older one");
  node.clear();
  const auto guarded = start(newer);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_EQ(reported("databases"), "admitted");
  EXPECT_THAT(snapshots(), Contains("guard-000002-2026.9.5"));
}

// 2026.4.20 installs dependencies of plugins for any command, and no release before 2026.8.1 has this one.
TEST_F(AVolume, IsNoReasonToRunACommandLineThatDoesNotKnowTheQuestion) {
  start_and_run({"2026.5.12", 18}, "of the older one");
  Guarding asked = guarding({"2026.7.1", 18});
  package.write("openclaw.mjs", ": > " + package.path("was-run"));
  ASSERT_TRUE(workers::guard::guard_state(asked, notifier));
  EXPECT_FALSE(package.exists("was-run"));
  asked.version = "2026.8.1";
  ASSERT_TRUE(workers::guard::guard_state(asked, notifier));
  EXPECT_TRUE(package.exists("was-run"));
}

TEST_F(AVolume, IsHeldByOneContainerAndTheSecondSaysByWhom) {
  const auto first = start(older);
  ASSERT_TRUE(first) << first.error().message;
  Guarding second = guarding(newer);
  second.wait = std::chrono::milliseconds(50);
  const auto refused = workers::guard::guard_state(second, notifier);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, base::ErrorKind::busy) << "exit status 75";
  EXPECT_THAT(refused.error().message, HasSubstr("container-2026.9.5"));
  EXPECT_THAT(snapshots(), ElementsAre("guard-000001-unknown")) << "nothing was done";
}

TEST_F(AVolume, IsFreeOnceTheFirstContainerIsGone) {
  { ASSERT_TRUE(start(older)); }
  EXPECT_TRUE(start(older));
}

TEST_F(AVolume, WhoseRecordIsDamagedIsNotGuessedAt) {
  start_and_run(older, "of the older one");
  state.folder.write("state-guard/record.json", "{\"version\":");
  const auto guarded = start(newer);
  ASSERT_FALSE(guarded);
  EXPECT_EQ(guarded.error().kind, base::ErrorKind::bad_input);
  EXPECT_THAT(guarded.error().message,
              HasSubstr("state-guard/record.json in the state directory is damaged"));
  ::unlink(state.folder.path("state-guard/record.json").c_str());
  EXPECT_TRUE(start(newer));
}

// --- killed

TEST(AStartThatIsKilledAtAnyStep, IsFinishedByTheNextOfTheSameImage) {
  int kills = 0;
  for (bool killed = true; killed; ++kills) {
    Volume volume;
    volume.start_and_run(older, "of the older one");
    volume.start_and_run(newer, "of the newer one");
    killed = start_and_die(volume, older, kills);
    const auto guarded = volume.start(older);
    ASSERT_TRUE(guarded) << guarded.error().message;
    EXPECT_EQ(volume.text(), "of the older one");
    EXPECT_EQ(volume.schema(), "18");
    EXPECT_EQ(volume.recorded("version"), "2026.9.5");
    EXPECT_EQ(volume.recorded("restoring"), "");
    EXPECT_THAT(volume.snapshots(), Contains("guard-000003-2026.9.6"));
    ASSERT_FALSE(testing::Test::HasFailure()) << "after a kill at step " << kills;
  }
  EXPECT_GT(kills, 10) << "hardly any step was killed at";
}

TEST(AStartThatIsKilledAtAnyStep, IsUndoneByTheImageThatRanBefore) {
  int kills = 0;
  for (;; ++kills) {
    Volume volume;
    volume.start_and_run(older, "of the older one");
    volume.start_and_run(newer, "of the newer one");
    if (!start_and_die(volume, older, kills)) break;  // it was complete before the kill
    const auto guarded = volume.start(newer);
    ASSERT_TRUE(guarded) << guarded.error().message;
    EXPECT_EQ(volume.text(), "of the newer one");
    EXPECT_EQ(volume.schema(), "23");
    EXPECT_EQ(volume.recorded("version"), "2026.9.6");
    EXPECT_EQ(volume.recorded("restoring"), "");
    ASSERT_FALSE(testing::Test::HasFailure()) << "after a kill at step " << kills;
  }
  EXPECT_GT(kills, 10) << "hardly any step was killed at";
}

// The reversal itself is killed, too.
TEST(AnUndoneRestoreThatIsKilledAtAnyStep, IsUndoneByTheNext) {
  int undone = 0;
  for (int middle = 4; middle < 12; middle += 2) {
    for (int kills = 0;; ++kills, ++undone) {
      Volume volume;
      volume.start_and_run(older, "of the older one");
      volume.start_and_run(newer, "of the newer one");
      ASSERT_TRUE(start_and_die(volume, older, middle));
      const bool killed = start_and_die(volume, newer, kills);
      const auto guarded = volume.start(newer);
      ASSERT_TRUE(guarded) << guarded.error().message;
      EXPECT_EQ(volume.text(), "of the newer one");
      EXPECT_EQ(volume.schema(), "23");
      ASSERT_FALSE(testing::Test::HasFailure()) << "after kills at step " << middle << " and " << kills;
      if (!killed) break;
    }
  }
  EXPECT_GT(undone, 4) << "hardly any step was killed at";
}

TEST(AStartThatIsKilledAtAnyStep, LeavesTheOlderStateToANewerImageAndKeepsIt) {
  int kills = 0;
  for (bool killed = true; killed; ++kills) {
    Volume volume;
    volume.start_and_run(older, "of the older one");
    killed = start_and_die(volume, newer, kills);
    EXPECT_EQ(volume.text(), "of the older one");
    const auto guarded = volume.start(newer);
    ASSERT_TRUE(guarded) << guarded.error().message;
    EXPECT_EQ(volume.text(), "of the older one");
    EXPECT_THAT(volume.snapshots(), Contains("guard-000002-2026.9.5"));
    EXPECT_EQ(volume.recorded("version"), "2026.9.6");
  }
  EXPECT_GT(kills, 4) << "hardly any step was killed at";
}

// --- volumes that cannot be guarded

// Runs in a separate mount namespace; returns false if none can be created.
template <class Work>
bool in_own_mounts(Work&& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      ::_exit(77);
    }
    work();
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  EXPECT_EQ(child, ::waitpid(child, &status, 0));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) return false;
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "see above";
  return true;
}

TEST_F(AVolume, ThatIsReadOnlyStartsNothingAndSaysSo) {
  start_and_run(older, "of the older one");
  const bool tried = in_own_mounts([&] {
    const std::string& path = state.folder.path();
    ASSERT_EQ(0, ::mount(path.c_str(), path.c_str(), nullptr, MS_BIND, nullptr));
    ASSERT_EQ(0, ::mount(nullptr, path.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr));
    for (const Image& image : {older, newer}) {
      const auto guarded = start(image);
      ASSERT_FALSE(guarded);
      EXPECT_EQ(guarded.error().number, EROFS);
      EXPECT_THAT(guarded.error().message, HasSubstr("mount it writable"));
    }
  });
  if (!tried) GTEST_SKIP() << "needs a mount namespace (root)";
  EXPECT_EQ(text(), "of the older one");
}

TEST(AFullVolume, StartsWhatRanOnItAndNothingElse) {
  const test_support::TemporaryDirectory place;
  const bool tried = in_own_mounts([&] {
    ASSERT_EQ(0, ::mount("tmpfs", place.path().c_str(), "tmpfs", 0, "size=32m"));
    Volume volume(place.path());
    ASSERT_TRUE(volume.start(older));
    std::ofstream(volume.state.folder.path("full"), std::ios::binary) << std::string(40U << 20U, 'x');
    Guarding same = volume.guarding(older);
    same.host = "another container";
    EXPECT_TRUE(workers::guard::guard_state(same, volume.notifier)) << "what ran on it still does";
    const auto refused = volume.start(newer);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().number, ENOSPC);
    EXPECT_THAT(refused.error().message, HasSubstr("make the volume larger"));
    EXPECT_EQ(volume.recorded("version"), "2026.9.5");
    EXPECT_FALSE(volume.state.folder.exists("snapshots/unfinished-guard"));
    ::unlink(volume.state.folder.path("full").c_str());
    EXPECT_TRUE(volume.start(newer)) << "once there is room again";
    EXPECT_EQ(volume.text(), "before");
  });
  if (!tried) GTEST_SKIP() << "needs a mount namespace (root)";
}

// A bind mount of a folder that Docker has made, chowned at the top alone.
class AVolumeOfAnotherUser : public testing::Test {
 protected:
  static constexpr uid_t container_user = 65534;

  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
    ASSERT_EQ(::chown(volume_.state.folder.path().c_str(), container_user, container_user), 0);
  }
  base::Result<Guarded> start_as_that_user() {
    const Guarding guarding = volume_.guarding(older);
    EXPECT_EQ(::setegid(container_user), 0);
    EXPECT_EQ(::seteuid(container_user), 0);
    auto guarded = workers::guard::guard_state(guarding, volume_.notifier);
    EXPECT_EQ(::seteuid(0), 0);
    EXPECT_EQ(::setegid(0), 0);
    return guarded;
  }
  Volume volume_;
};

TEST_F(AVolumeOfAnotherUser, IsNotTakenForOneWithoutAConfiguration) {
  const auto refused = start_as_that_user();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().number, EACCES);
  EXPECT_THAT(refused.error().message, HasSubstr("cannot use the state " + volume_.state.place().state));
  EXPECT_THAT(refused.error().message, HasSubstr("chown -R 65534:65534 it, or set fsGroup to 65534"));
}

TEST_F(AVolumeOfAnotherUser, NamesTheFolderInWhichNothingCanBeMade) {
  ASSERT_EQ(::chown(volume_.state.folder.path().c_str(), 0, 0), 0);
  ASSERT_EQ(::chmod(volume_.state.folder.path().c_str(), 0755), 0);
  const auto refused = start_as_that_user();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr(volume_.state.folder.path() + ": cannot make directory"));
  EXPECT_THAT(refused.error().message, HasSubstr("chown -R 65534:65534 it"));
}

TEST_F(AVolumeOfAnotherUser, StartsOnceAllOfItIsGivenToTheContainersUser) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(volume_.state.folder.path())) {
    ASSERT_EQ(::lchown(entry.path().c_str(), container_user, container_user), 0);
  }
  const auto guarded = start_as_that_user();
  EXPECT_TRUE(guarded) << guarded.error().message;
}

}  // namespace
