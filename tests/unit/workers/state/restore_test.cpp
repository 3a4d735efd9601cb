// SPDX-License-Identifier: MIT
// A restore restores the state, keeps what it replaces, and can be killed at any time.
#include "workers/state/restore.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "fs/tree.hpp"
#include "support/disk_witness.hpp"
#include "workers/state/move.hpp"
#include "workers/state/snapshot.hpp"
#include "workers/support/openclaw_state.hpp"

namespace {

using test_support::DiskWitness;
using testing::Contains;
using testing::HasSubstr;
using workers::state::Pass;
using workers::state::Transcripts;
using workers_tests::Database;
using workers_tests::OpenClawState;

constexpr const char* transaction = "20261121T101500Z-4f2a";
constexpr const char* aside = "snapshots/20261121T101500Z-4f2a/set-aside/1/state/";

// Changes of a newer release to a state: a rewritten config, a new schema, its own databases and files. It
// was killed, so its -wal still exists.
void let_a_newer_release_work(const OpenClawState& state) {
  state.folder.write(".openclaw/openclaw.json", "{\"meta\": \"newer\"}", 0600);
  ::unlink(state.folder.path(".openclaw/more.json5").c_str());
  const std::string sql =
      "PRAGMA wal_autocheckpoint=0; UPDATE entries SET text='newer'; PRAGMA user_version=23";
  const pid_t child = ::fork();
  if (child == 0) {
    Database database(state.folder.path(OpenClawState::main_database));
    database.run(sql);
    state.folder.mkdir(".openclaw/agents");
    Database added(state.folder.path(".openclaw/agents/added.sqlite"));
    added.run("PRAGMA wal_autocheckpoint=0; CREATE TABLE t(a); INSERT INTO t VALUES('only in its wal')");
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(child, ::waitpid(child, &status, 0));
  ASSERT_TRUE(state.folder.exists(".openclaw/state/openclaw.sqlite-wal"));
  ASSERT_TRUE(state.folder.exists(".openclaw/agents/added.sqlite-wal"));
}

struct Before {
  explicit Before(const OpenClawState& state)
      : config(state.folder.read(".openclaw/openclaw.json")),
        included(state.folder.read(".openclaw/more.json5")),
        mode(state.folder.mode(".openclaw/openclaw.json")) {}
  std::string config, included;
  mode_t mode;
};

void expect_restored(const OpenClawState& state, const Before& before) {
  EXPECT_EQ(before.config, state.folder.read(".openclaw/openclaw.json"));
  EXPECT_EQ(before.mode, state.folder.mode(".openclaw/openclaw.json"));
  EXPECT_EQ(before.included, state.folder.read(".openclaw/more.json5"));
  EXPECT_FALSE(state.folder.exists(".openclaw/state/openclaw.sqlite-wal"));
  EXPECT_FALSE(state.folder.exists(".openclaw/agents/added.sqlite"));
  EXPECT_FALSE(state.folder.exists(".openclaw/agents/added.sqlite-wal"));
  EXPECT_EQ("18", state.ask("PRAGMA user_version"));
  EXPECT_EQ("before", state.ask("SELECT text FROM entries"));
  EXPECT_EQ("ok", state.ask("PRAGMA integrity_check"));
}

void expect_newer_state_kept(const OpenClawState& state) {
  EXPECT_EQ("{\"meta\": \"newer\"}", state.folder.read(aside + std::string("openclaw.json")));
  Database kept(state.folder.path(aside + std::string("state/openclaw.sqlite")));
  EXPECT_EQ("newer", kept.ask("SELECT text FROM entries"));
  EXPECT_EQ("23", kept.ask("PRAGMA user_version"));
  Database added(state.folder.path(aside + std::string("agents/added.sqlite")));
  EXPECT_EQ("only in its wal", added.ask("SELECT a FROM t"));
}

TEST(Restore, PutsTheSnapshotBackAndSetsTheNewerStateAside) {
  const OpenClawState state;
  const Before before(state);
  const auto snapshot = workers::state::take_snapshot(state.place(), transaction, Pass::hot);
  ASSERT_TRUE(snapshot);
  let_a_newer_release_work(state);
  const auto restored =
      workers::state::restore_snapshot(state.place(), transaction, snapshot->inventory.digest(), transaction);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_THAT(restored->restored,
              testing::UnorderedElementsAre("openclaw.json", "more.json5", "state/openclaw.sqlite"));
  EXPECT_THAT(restored->set_aside, Contains("agents/added.sqlite"));
  expect_restored(state, before);
  expect_newer_state_kept(state);
}

// After a power cut, a state is in the one place or in the other.
TEST(Restore, IsDoneWhenAllThatItMovedIsOnTheDisk) {
  const OpenClawState state;
  const auto snapshot = workers::state::take_snapshot(state.place(), transaction, Pass::hot);
  ASSERT_TRUE(snapshot);
  let_a_newer_release_work(state);
  const DiskWitness disk;
  ASSERT_TRUE(workers::state::restore_snapshot(state.place(), transaction, snapshot->inventory.digest(),
                                               transaction));
  const std::size_t done = disk.last(DiskWitness::Kind::renamed, "/restore.json");
  ASSERT_NE(done, DiskWitness::never) << disk.story();
  const auto expect_on_disk = [&](const std::string& path, std::size_t moved) {
    EXPECT_LT(disk.first(DiskWitness::Kind::folder_synced, path.substr(0, path.rfind('/')), moved), done)
        << path << disk.story();
  };
  for (const char* const path : {"openclaw.json", "agents/added.sqlite"}) {
    const std::size_t moved = disk.first(DiskWitness::Kind::renamed, std::string(aside) + path);
    ASSERT_NE(moved, DiskWitness::never) << path << disk.story();
    expect_on_disk(disk.events()[moved].path, moved);
    expect_on_disk(disk.events()[moved].from, moved);
  }
  for (const char* const path : {".openclaw/openclaw.json", ".openclaw/state/openclaw.sqlite"}) {
    const std::size_t put = disk.last(DiskWitness::Kind::renamed, path);
    ASSERT_NE(put, DiskWitness::never) << path << disk.story();
    expect_on_disk(disk.events()[put].path, put);
  }
}

// Like the doctor of 2026.8.2: the session store becomes a database, and the original files are moved
// elsewhere.
TEST(Restore, BringsTheSessionsBackThatADoctorHasMoved) {
  const OpenClawState state;
  const std::string sessions = ".openclaw/agents/main/sessions/", archive = ".openclaw/agents/main/archive/";
  state.folder.write(sessions + "sessions.json", "{\"agent:main:main\":{}}", 0600);
  state.folder.write(sessions + "1111.jsonl", "what was said", 0600);
  state.folder.write(sessions + "2222.jsonl", "and more", 0600);
  state.folder.write(".openclaw/cron/jobs.json", "[]", 0600);
  state.folder.mkdir(".openclaw/agents/main/agent");
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot, Transcripts::included));
  state.folder.mkdir(archive);
  for (const char* const name : {"sessions.json", "1111.jsonl"}) {
    ASSERT_EQ(0, ::rename(state.folder.path(sessions + name).c_str(),
                          state.folder.path(archive + name + ".imported").c_str()));
  }
  ASSERT_EQ(0, ::rename(state.folder.path(".openclaw/cron/jobs.json").c_str(),
                        state.folder.path(".openclaw/cron/jobs.json.migrated").c_str()));
  state.folder.write(sessions + "2222.jsonl", "and more, since", 0600);
  const std::string database = ".openclaw/agents/main/agent/openclaw-agent.sqlite";
  Database(state.folder.path(database)).run("CREATE TABLE sessions(a)");
  ASSERT_TRUE(workers::state::restore_snapshot(state.place(), transaction, "", transaction));
  EXPECT_EQ("{\"agent:main:main\":{}}", state.folder.read(sessions + "sessions.json"));
  EXPECT_EQ("what was said", state.folder.read(sessions + "1111.jsonl"));
  EXPECT_EQ("and more, since", state.folder.read(sessions + "2222.jsonl"));
  EXPECT_EQ("[]", state.folder.read(".openclaw/cron/jobs.json"));
  EXPECT_FALSE(state.folder.exists(database)) << "it would say that the sessions are in it";
}

TEST(Restore, TouchesNothingThatIsAsItWas) {
  const OpenClawState state;
  std::this_thread::sleep_for(std::chrono::milliseconds(40));  // a state at rest: its stamps count
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  const auto config = state.folder.status(".openclaw/openclaw.json").st_ino;
  const auto restored = workers::state::restore_snapshot(state.place(), transaction, "", transaction);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_THAT(restored->restored, testing::IsEmpty());
  EXPECT_EQ(config, state.folder.status(".openclaw/openclaw.json").st_ino);
}

TEST(Restore, OnceDoneLeavesTheWorkOfTheRestoredGatewayAlone) {
  const OpenClawState state;
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  let_a_newer_release_work(state);
  const auto first = workers::state::restore_snapshot(state.place(), transaction, "", transaction);
  ASSERT_TRUE(first);
  Database(state.folder.path(OpenClawState::main_database)).run("UPDATE entries SET text='after'");
  const auto second = workers::state::restore_snapshot(state.place(), transaction, "", transaction);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(first->restored, second->restored);
  EXPECT_EQ("after", state.ask("SELECT text FROM entries"));
  EXPECT_FALSE(workers::state::take_snapshot(state.place(), transaction, Pass::settle))
      << "a snapshot that was restored from must not be overwritten";
}

int steps_left = 0;
void die_at_the_last_step() {
  if (steps_left-- == 0) ::_exit(9);
}

// Returns whether it was killed before its end.
bool restore_and_die(const OpenClawState& state, int steps) {
  const pid_t child = ::fork();
  if (child == 0) {
    steps_left = steps;
    workers::state::restore_step_for_tests = die_at_the_last_step;
    const auto done = workers::state::restore_snapshot(state.place(), transaction, "", transaction);
    ::_exit(done ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(child, ::waitpid(child, &status, 0));
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 1) << "the restore failed at step " << steps;
  return WIFEXITED(status) && WEXITSTATUS(status) == 9;
}

TEST(Restore, ThatIsKilledAtAnyStepIsFinishedByTheNext) {
  int kills = 0;
  for (bool killed = true; killed; ++kills) {
    const OpenClawState state;
    const Before before(state);
    ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
    let_a_newer_release_work(state);
    killed = restore_and_die(state, kills);
    const auto restored = workers::state::restore_snapshot(state.place(), transaction, "", transaction);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_THAT(restored->restored,
                testing::UnorderedElementsAre("openclaw.json", "more.json5", "state/openclaw.sqlite"));
    expect_restored(state, before);
    expect_newer_state_kept(state);
    if (testing::Test::HasFailure()) FAIL() << "after a kill at step " << kills;
  }
  EXPECT_GT(kills, 10) << "hardly any step was killed at";
}

TEST(Restore, KeepsATokenThatWasRenewedButPutsALostOneBack) {
  const OpenClawState state;
  state.folder.write(".openclaw/identity/device.json", "old", 0600);
  state.folder.write(".openclaw/identity/other.json", "lost", 0600);
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  state.folder.write(".openclaw/identity/device.json", "renewed", 0600);
  ::unlink(state.folder.path(".openclaw/identity/other.json").c_str());
  ASSERT_TRUE(workers::state::restore_snapshot(state.place(), transaction, "", transaction));
  EXPECT_EQ("renewed", state.folder.read(".openclaw/identity/device.json"));
  EXPECT_EQ("lost", state.folder.read(".openclaw/identity/other.json"));
}

TEST(Restore, PutsALinkBackAsALinkAndNeverWritesThroughOne) {
  const OpenClawState state;
  const test_support::TemporaryDirectory elsewhere;
  elsewhere.write("theirs.env", "KEEP=me");
  state.folder.symlink("../shared.json", ".openclaw/openclaw.json.last-good");
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  ::unlink(state.folder.path(".openclaw/openclaw.json.last-good").c_str());
  ::unlink(state.folder.path(".openclaw/.env").c_str());
  state.folder.symlink(elsewhere.path("theirs.env"), ".openclaw/.env");
  const auto restored = workers::state::restore_snapshot(state.place(), transaction, "", transaction);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ("../shared.json", state.folder.read_link(".openclaw/openclaw.json.last-good"));
  EXPECT_TRUE(state.folder.is_file(".openclaw/.env"));
  EXPECT_EQ("KEEP=me", elsewhere.read("theirs.env"));
}

TEST(Restore, OfACopyThatWasTamperedWithChangesNothing) {
  const OpenClawState state;
  const auto snapshot = workers::state::take_snapshot(state.place(), transaction, Pass::hot);
  ASSERT_TRUE(snapshot);
  let_a_newer_release_work(state);
  // Of the same size, which alone would be noticed without reading it.
  const std::string copy = "snapshots/20261121T101500Z-4f2a/files/state/npm/package.json";
  std::string text = state.folder.read(copy);
  text.back() = ' ';
  state.folder.write(copy, text);
  const auto restored = workers::state::restore_snapshot(state.place(), transaction, "", transaction);
  ASSERT_FALSE(restored);
  EXPECT_EQ(base::ErrorKind::integrity, restored.error().kind);
  EXPECT_THAT(restored.error().message, HasSubstr("npm/package.json"));
  EXPECT_EQ("{\"meta\": \"newer\"}", state.folder.read(".openclaw/openclaw.json"));
}

// Reading it would take an hour, in which the gateway is down.
TEST(Restore, DoesNotReadACopyThatHasBecomeATebibyte) {
  const OpenClawState state;
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  const std::string copy = state.folder.path("snapshots/20261121T101500Z-4f2a/files/state/openclaw.json");
  ASSERT_EQ(0, ::truncate(copy.c_str(), off_t{1} << 40));
  const auto restored = workers::state::restore_snapshot(state.place(), transaction, "", transaction);
  ASSERT_FALSE(restored);
  EXPECT_EQ(base::ErrorKind::integrity, restored.error().kind);
  EXPECT_THAT(restored.error().message, HasSubstr("openclaw.json"));
}

TEST(Restore, OfAnotherSnapshotThanTheOneThatWasTakenIsRefused) {
  const OpenClawState state;
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  const auto restored =
      workers::state::restore_snapshot(state.place(), transaction, std::string(64, 'a'), transaction);
  ASSERT_FALSE(restored);
  EXPECT_EQ(base::ErrorKind::integrity, restored.error().kind);
}

TEST(Restore, MakesAStateAgainThatIsGoneAltogether) {
  const OpenClawState state;
  const Before before(state);
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  ASSERT_EQ(0, std::rename(state.folder.path(".openclaw").c_str(), state.folder.path("lost").c_str()));
  const auto restored = workers::state::restore_snapshot(state.place(), transaction, "", transaction);
  ASSERT_TRUE(restored) << restored.error().message;
  expect_restored(state, before);
}

TEST(Restore, OnBehalfOfALaterTransactionPutsItBackOnceMore) {
  const OpenClawState state;
  const Before before(state);
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  let_a_newer_release_work(state);
  ASSERT_TRUE(workers::state::restore_snapshot(state.place(), transaction, "", "20261122T000000Z-0001"));
  Database(state.folder.path(OpenClawState::main_database)).run("UPDATE entries SET text='after'");
  const auto again =
      workers::state::restore_snapshot(state.place(), transaction, "", "20261123T000000Z-0002");
  ASSERT_TRUE(again) << again.error().message;
  expect_restored(state, before);
  expect_newer_state_kept(state);
  Database kept(state.folder.path(again->folder + "/state/state/openclaw.sqlite"));
  EXPECT_EQ("after", kept.ask("SELECT text FROM entries")) << "what came in between is kept as well";
}

TEST(Restore, OnAFullDiskTouchesNothing) {
  const test_support::TemporaryDirectory place;
  if (::geteuid() != 0) GTEST_SKIP() << "a small file system takes root to mount";
  if (::mount("none", place.path().c_str(), "tmpfs", 0, "size=40m") != 0) {
    GTEST_SKIP() << "no tmpfs can be mounted here";
  }
  {
    const OpenClawState state(place.path());
    Database(state.folder.path(OpenClawState::main_database))
        .run("INSERT INTO entries VALUES(1, hex(randomblob(2000000)))");
    ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
    let_a_newer_release_work(state);
    const auto database_size =
        static_cast<std::uint64_t>(state.folder.status(OpenClawState::main_database).st_size);
    std::uint64_t filled = 0;
    for (int i = 0; fs::free_space(state.folder.fd())->bytes > database_size / 2; ++i) {
      state.folder.write("filler" + std::to_string(i), std::string(std::size_t{256} << 10, 'x'));
      ASSERT_LT(++filled, 1000U);
    }
    const auto restored = workers::state::restore_snapshot(state.place(), transaction, "", transaction);
    EXPECT_FALSE(restored);
    EXPECT_EQ(ENOSPC, restored ? 0 : restored.error().number) << (restored ? "" : restored.error().message);
    EXPECT_EQ("newer", state.ask("SELECT text FROM entries")) << "the database is where it was";
  }
  ::umount2(place.path().c_str(), MNT_DETACH);
}

TEST(Discard, KeepsWhatARestoreSetAside) {
  const OpenClawState state;
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  let_a_newer_release_work(state);
  ASSERT_TRUE(workers::state::restore_snapshot(state.place(), transaction, "", transaction));
  const auto discarded = workers::state::discard_snapshots(state.place(), {});
  ASSERT_TRUE(discarded) << discarded.error().message;
  EXPECT_THAT(*discarded, testing::ElementsAre(transaction));
  expect_newer_state_kept(state);
  EXPECT_FALSE(state.folder.exists("snapshots/20261121T101500Z-4f2a/files"));
  const auto again = workers::state::discard_snapshots(state.place(), {});
  ASSERT_TRUE(again);
  EXPECT_THAT(*again, testing::IsEmpty()) << "there is nothing left that may go";
}

TEST(Discard, LeavesTheSnapshotsThatAreNeededAlone) {
  const OpenClawState state;
  const std::string other = "20261122T101500Z-4f2b";
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), other, Pass::hot));
  const auto discarded = workers::state::discard_snapshots(state.place(), {other});
  ASSERT_TRUE(discarded) << discarded.error().message;
  EXPECT_THAT(state.folder.names("snapshots"), testing::ElementsAre(other));
}

// Btrfs has the new name from its log after a power cut, and the old one as well.
TEST(SetAside, FinishesAMoveAfterWhichTheFileHasBothNames) {
  const OpenClawState state;
  state.folder.mkdir("aside");
  const std::string from = state.folder.path(".openclaw/.env"), to = state.folder.path("aside/.env");
  ASSERT_EQ(0, ::link(from.c_str(), to.c_str()));
  const auto moved =
      workers::state::move_aside(state.folder.fd(), ".openclaw/.env", state.folder.fd(), "aside/.env");
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_FALSE(state.folder.exists(".openclaw/.env"));
  EXPECT_THAT(state.folder.names("aside"), testing::ElementsAre(".env"));
}

// After a power cut, half a snapshot would be offered for a restore.
TEST(Discard, TakesTheInventoryFirstAndForGood) {
  const OpenClawState state;
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  const test_support::DiskWitness disk;
  ASSERT_TRUE(workers::state::discard_snapshots(state.place(), {}));
  const std::size_t gone = disk.durably_removed(std::string("snapshots/") + transaction + "/inventory.json");
  ASSERT_NE(gone, test_support::DiskWitness::never) << disk.story();
  const std::size_t copy = disk.first(test_support::DiskWitness::Kind::removed, "files/state/openclaw.json");
  EXPECT_LT(gone, copy) << disk.story();
}

TEST(Discard, RemovesTheFolderOfADiscardThatWasKilled) {
  const OpenClawState state;
  state.folder.mkdir(std::string("snapshots/") + transaction, 0700);
  const auto discarded = workers::state::discard_snapshots(state.place(), {});
  ASSERT_TRUE(discarded) << discarded.error().message;
  EXPECT_THAT(*discarded, testing::IsEmpty());
  EXPECT_THAT(state.folder.names("snapshots"), testing::IsEmpty());
}

TEST(Discard, FindsNothingToDoWhereThereWasNeverASnapshot) {
  const OpenClawState state;
  const auto discarded = workers::state::discard_snapshots(state.place(), {});
  ASSERT_TRUE(discarded) << discarded.error().message;
  EXPECT_THAT(*discarded, testing::IsEmpty());
}

}  // namespace
