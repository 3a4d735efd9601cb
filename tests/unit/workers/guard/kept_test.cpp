// SPDX-License-Identifier: MIT
// Snapshots of the guard: complete or absent, in order, and not more than are needed.
#include "workers/guard/kept.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/text.hpp"
#include "fs/refusals.hpp"
#include "support/disk_witness.hpp"
#include "workers/state/restore.hpp"
#include "workers/support/openclaw_state.hpp"

namespace {

using test_support::DiskWitness;
using testing::ElementsAre;
using testing::IsEmpty;
using workers::guard::drop_old;
using workers::guard::keep_state;
using workers::guard::list_kept;
using workers_tests::Database;
using workers_tests::OpenClawState;

std::vector<std::string> names_of(const OpenClawState& state) {
  std::vector<std::string> names;
  const auto kept = list_kept(state.place());
  EXPECT_TRUE(kept);
  if (kept) {
    for (const auto& one : *kept) names.push_back(one.name);
  }
  return names;
}

void change(const OpenClawState& state, const std::string& text) {
  Database(state.folder.path(OpenClawState::main_database)).run("UPDATE entries SET text='" + text + "'");
}

// Stamps of files are valid from 20 ms after the last write on.
void let_stamps_settle() {
  std::this_thread::sleep_for(std::chrono::milliseconds(40));
}

TEST(KeepState, RemembersWhoseStateItIsAndItsSchemas) {
  const OpenClawState state;
  const auto kept = keep_state(state.place(), "2026.9.5");
  ASSERT_TRUE(kept) << kept.error().message;
  const auto listed = list_kept(state.place());
  ASSERT_TRUE(listed);
  ASSERT_EQ(1U, listed->size());
  EXPECT_EQ("guard-000001-2026.9.5", listed->front().name);
  EXPECT_EQ("2026.9.5", listed->front().version);
  EXPECT_EQ(18, listed->front().schemas.at("state/openclaw.sqlite"));
  EXPECT_EQ(kept->digest, listed->front().digest);
  EXPECT_TRUE(workers::state::verify_snapshot(state.place(), listed->front().name, kept->digest));
}

// "No snapshot is kept on this volume" would be read, and newer ones would count for it.
TEST(KeepState, DoesNotTakeASnapshotThatTheDiskDoesNotShowForNone) {
  const OpenClawState state;
  ASSERT_TRUE(keep_state(state.place(), "2026.9.5"));
  for (const char* file : {"guard.json", "inventory.json"}) {
    const test_support::Refusals disk(
        [&](fs::syscalls::Call, std::string_view name) { return name == file ? EIO : 0; });
    const auto listed = list_kept(state.place());
    ASSERT_FALSE(listed) << file;
    EXPECT_NE(std::string::npos, listed.error().message.find("guard-000001-2026.9.5"))
        << listed.error().message;
  }
}

TEST(KeepState, PassesOverADamagedSnapshot) {
  const OpenClawState state;
  ASSERT_TRUE(keep_state(state.place(), "2026.9.5"));
  state.folder.write("snapshots/guard-000001-2026.9.5/guard.json", "{");
  EXPECT_TRUE(list_kept(state.place())->empty());
}

TEST(KeepState, NamesASnapshotWhenItsFilesAreOnTheDisk) {
  const OpenClawState state;
  const DiskWitness disk;
  const auto kept = keep_state(state.place(), "2026.9.5");
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_TRUE(disk.tree_was_named_durably("snapshots/" + kept->name)) << disk.story();
}

TEST(KeepState, CopiesNothingAgainWhileTheStateIsTheSame) {
  const OpenClawState state;
  let_stamps_settle();
  const auto first = keep_state(state.place(), "2026.9.5");
  ASSERT_TRUE(first) << first.error().message;
  const auto inode = state.folder.status("snapshots/" + first->name + "/inventory.json").st_ino;
  const auto second = keep_state(state.place(), "2026.9.5");
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(first->name, second->name);
  EXPECT_EQ(inode, state.folder.status("snapshots/" + first->name + "/inventory.json").st_ino);
}

TEST(KeepState, TakesAnotherOneWhenTheStateHasChanged) {
  const OpenClawState state;
  let_stamps_settle();
  ASSERT_TRUE(keep_state(state.place(), "2026.9.5"));
  change(state, "after");
  ASSERT_TRUE(keep_state(state.place(), "2026.9.5"));
  EXPECT_THAT(names_of(state), ElementsAre("guard-000001-2026.9.5", "guard-000002-2026.9.5"));
}

TEST(KeepState, TakesAnotherOneForAnotherVersion) {
  const OpenClawState state;
  let_stamps_settle();
  ASSERT_TRUE(keep_state(state.place(), ""));
  ASSERT_TRUE(keep_state(state.place(), "2026.9.5"));
  EXPECT_THAT(names_of(state), ElementsAre("guard-000001-unknown", "guard-000002-2026.9.5"));
}

TEST(KeepState, ForgetsWhatAKilledOneLeftBehind) {
  const OpenClawState state;
  state.folder.write("snapshots/unfinished-guard/files/state/old", "half of it");
  const auto kept = keep_state(state.place(), "2026.9.5");
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_FALSE(state.folder.exists("snapshots/unfinished-guard"));
  EXPECT_FALSE(state.folder.exists("snapshots/" + kept->name + "/files/state/old"));
}

int steps_left = 0;
void die_at_the_last_step() {
  if (steps_left-- == 0) ::_exit(9);
}

// Returns whether it was killed before its end.
template <class Work>
bool killed_at(int steps, Work&& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    steps_left = steps;
    workers::guard::keeping_step_for_tests = die_at_the_last_step;
    ::_exit(work() ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(child, ::waitpid(child, &status, 0));
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 1) << "it failed at step " << steps;
  return WIFEXITED(status) && WEXITSTATUS(status) == 9;
}

TEST(KeepState, ThatIsKilledAtAnyStepIsNoSnapshotAndTheNextOneIs) {
  int kills = 0;
  for (bool killed = true; killed; ++kills) {
    const OpenClawState state;
    killed = killed_at(kills, [&] { return keep_state(state.place(), "2026.9.5").has_value(); });
    if (killed) {
      EXPECT_THAT(names_of(state), IsEmpty()) << "after a kill at step " << kills;
    }
    const auto kept = keep_state(state.place(), "2026.9.5");
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_TRUE(workers::state::verify_snapshot(state.place(), kept->name, kept->digest));
  }
  EXPECT_GT(kills, 3) << "hardly any step was killed at";
}

TEST(ListKept, TakesNoDamagedOneForASnapshot) {
  const OpenClawState state;
  const auto kept = keep_state(state.place(), "2026.9.5");
  ASSERT_TRUE(kept);
  state.folder.write("snapshots/" + kept->name + "/guard.json", "{");
  EXPECT_THAT(names_of(state), IsEmpty());
}

TEST(ListKept, TakesNoSnapshotOfSomebodyElseForItsOwn) {
  const OpenClawState state;
  ASSERT_TRUE(keep_state(state.place(), "2026.9.5"));
  ASSERT_EQ(0, ::rename(state.folder.path("snapshots/guard-000001-2026.9.5").c_str(),
                        state.folder.path("snapshots/guard-of-mine").c_str()));
  EXPECT_THAT(names_of(state), IsEmpty());
}

// Four snapshots of a state that changed each time.
std::vector<std::string> four(const OpenClawState& state) {
  for (const char* version : {"2026.9.1", "2026.9.2", "2026.9.5", "2026.9.6"}) {
    change(state, version);
    EXPECT_TRUE(keep_state(state.place(), version));
  }
  return names_of(state);
}

TEST(DropOld, KeepsTheLastThree) {
  const OpenClawState state;
  ASSERT_EQ(4U, four(state).size());
  const auto dropped = drop_old(state.place(), {});
  ASSERT_TRUE(dropped) << dropped.error().message;
  EXPECT_THAT(*dropped, ElementsAre("guard-000001-2026.9.1"));
  EXPECT_THAT(names_of(state),
              ElementsAre("guard-000002-2026.9.2", "guard-000003-2026.9.5", "guard-000004-2026.9.6"));
}

// An update that is interrupted and undone again and again leaves a snapshot of the older version each time.
TEST(DropOld, KeepsTheNewestOfAVersionThatSeveralOfAnotherOneFollow) {
  const OpenClawState state;
  for (const char* version : {"2026.9.6", "2026.9.6", "2026.9.5", "2026.9.5", "2026.9.5", "2026.9.5"}) {
    change(state, base::concat({version, std::to_string(names_of(state).size())}));
    ASSERT_TRUE(keep_state(state.place(), version));
  }
  ASSERT_TRUE(drop_old(state.place(), {}));
  EXPECT_THAT(names_of(state), ElementsAre("guard-000002-2026.9.6", "guard-000004-2026.9.5",
                                           "guard-000005-2026.9.5", "guard-000006-2026.9.5"));
}

// Half of one must not count as a snapshot after a power cut.
TEST(DropOld, EndsASnapshotForGoodBeforeItsFilesGo) {
  const OpenClawState state;
  ASSERT_EQ(4U, four(state).size());
  const DiskWitness disk;
  ASSERT_TRUE(drop_old(state.place(), {}));
  const std::size_t content = disk.first(DiskWitness::Kind::removed, "guard-000001-2026.9.1/inventory.json");
  ASSERT_NE(content, DiskWitness::never) << disk.story();
  EXPECT_LT(disk.durably_removed("guard-000001-2026.9.1/guard.json"), content) << disk.story();
}

TEST(DropOld, LeavesWhatIsNeededAndWhatIsOthersAlone) {
  const OpenClawState state;
  four(state);
  state.folder.write("snapshots/t00000001-20261121T101500Z/inventory.json", "{}");
  const auto dropped = drop_old(state.place(), {"guard-000001-2026.9.1"});
  ASSERT_TRUE(dropped);
  EXPECT_THAT(*dropped, IsEmpty());
  EXPECT_TRUE(state.folder.exists("snapshots/t00000001-20261121T101500Z/inventory.json"));
}

TEST(DropOld, LeavesWhatARestoreHasSetAside) {
  const OpenClawState state;
  const auto names = four(state);
  ASSERT_TRUE(workers::state::restore_snapshot(state.place(), names.front(), "", "somebody"));
  const std::string aside = "snapshots/" + names.front() + "/set-aside/1/state/state/openclaw.sqlite";
  ASSERT_TRUE(state.folder.exists(aside));
  ASSERT_TRUE(drop_old(state.place(), {}));
  EXPECT_TRUE(state.folder.exists(aside));
  EXPECT_EQ(3U, names_of(state).size());
  ASSERT_TRUE(keep_state(state.place(), "2026.9.6"));
  EXPECT_EQ("guard-000005-2026.9.6", names_of(state).back());
}

TEST(DropOld, ThatIsKilledAtAnyStepLeavesNoHalfSnapshot) {
  int kills = 0;
  for (bool killed = true; killed; ++kills) {
    const OpenClawState state;
    four(state);
    killed = killed_at(kills, [&] { return drop_old(state.place(), {}).has_value(); });
    const auto kept = list_kept(state.place());
    ASSERT_TRUE(kept);
    for (const auto& one : *kept) {
      EXPECT_TRUE(workers::state::verify_snapshot(state.place(), one.name, one.digest)) << one.name;
    }
    ASSERT_TRUE(drop_old(state.place(), {}));
    EXPECT_FALSE(state.folder.exists("snapshots/guard-000001-2026.9.1"));
  }
  EXPECT_GT(kills, 2);
}

}  // namespace
