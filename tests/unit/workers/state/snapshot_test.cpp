// SPDX-License-Identifier: MIT
// A snapshot of a state that is written to, and the second pass over the changes.
#include "workers/state/snapshot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/json.hpp"
#include "fs/refusals.hpp"
#include "support/disk_witness.hpp"
#include "support/recording_notifier.hpp"
#include "workers/state/actions.hpp"
#include "workers/state/move.hpp"
#include "workers/state/restore.hpp"
#include "workers/state/sqlite_copy.hpp"
#include "workers/support/openclaw_state.hpp"

namespace {

using test_support::DiskWitness;
using testing::HasSubstr;
using testing::Not;
using workers::state::Pass;
using workers_tests::Database;
using workers_tests::OpenClawState;

constexpr const char* transaction = "20261121T101500Z-4f2a";
constexpr const char* stored = "snapshots/20261121T101500Z-4f2a/files/state/";

// Stamps of newly written files are not valid.
void let_times_grow_old() {
  std::this_thread::sleep_for(std::chrono::milliseconds(40));
}

std::string in_copy(const OpenClawState& state, const std::string& sql) {
  return Database(state.folder.path(stored + std::string("state/openclaw.sqlite"))).ask(sql);
}

TEST(Snapshot, CopiesFilesByteForByteAndKeepsThemFromOthers) {
  const OpenClawState state;
  const auto snapshot = workers::state::take_snapshot(state.place(), transaction, Pass::hot);
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  EXPECT_EQ(state.folder.read(".openclaw/openclaw.json"),
            state.folder.read(stored + std::string("openclaw.json")));
  EXPECT_EQ(0700U, state.folder.mode("snapshots"));
  EXPECT_EQ(0700U, state.folder.mode(std::string("snapshots/") + transaction));
  EXPECT_EQ(0600U, state.folder.mode(stored + std::string("openclaw.json")));
  EXPECT_FALSE(state.folder.exists(stored + std::string("credentials/slack.json")));
  EXPECT_EQ(18, snapshot->inventory.schemas().at("state/openclaw.sqlite"));
}

// A rollback would go back to a state without it.
TEST(Snapshot, IsNoneWhereTheDiskDoesNotShowTheDatabase) {
  const OpenClawState state;
  const test_support::Refusals disk(
      [](fs::syscalls::Call, std::string_view name) { return name == "openclaw.sqlite" ? EIO : 0; });
  const auto snapshot = workers::state::take_snapshot(state.place(), transaction, Pass::hot);
  ASSERT_FALSE(snapshot);
  EXPECT_THAT(snapshot.error().message, HasSubstr("openclaw.sqlite"));
  EXPECT_FALSE(state.folder.exists(std::string("snapshots/") + transaction + "/inventory.json"));
}

TEST(Snapshot, SaysWhichDatabaseTheGatewayCannotReadItself) {
  const OpenClawState state;
  const test_support::Refusals disk(
      [](fs::syscalls::Call, std::string_view name) { return name == "openclaw.sqlite" ? EACCES : 0; });
  const auto snapshot = workers::state::take_snapshot(state.place(), transaction, Pass::hot);
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  EXPECT_THAT(snapshot->inventory.notes, testing::Contains("not examined: state/openclaw.sqlite"));
}

// The inventory vouches for every copy.
TEST(Snapshot, HasAnInventoryWhenItsCopiesAndTheirFoldersAreOnTheDisk) {
  const OpenClawState state;
  const DiskWitness disk;
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  const std::string snapshot = std::string("snapshots/") + transaction;
  const std::size_t vouched = disk.last(DiskWitness::Kind::renamed, snapshot + "/inventory.json");
  ASSERT_NE(vouched, DiskWitness::never) << disk.story();
  for (const std::string& folder : {std::string("snapshots"), snapshot, snapshot + "/files",
                                    snapshot + "/files/state", snapshot + "/files/state/state"}) {
    EXPECT_LT(disk.durably_made(folder), vouched) << folder << disk.story();
  }
  for (const char* name : {"openclaw.json", "state/openclaw.sqlite"}) {
    const std::size_t named = disk.last(DiskWitness::Kind::renamed, std::string(stored) + name);
    ASSERT_NE(named, DiskWitness::never) << name << disk.story();
    EXPECT_NE(disk.last(DiskWitness::Kind::file_synced, disk.events()[named].from, named), DiskWitness::never)
        << name << disk.story();
  }
}

TEST(Snapshot, OfAFileIsTakenThoughSignalsInterruptTheDisk) {
  const OpenClawState state;
  const DiskWitness disk;
  DiskWitness::fail_next_syncs(EINTR, 2);
  const auto put =
      workers::state::put_file(state.folder.fd(), ".openclaw/.env", state.folder.fd(), "copy", 0600);
  EXPECT_TRUE(put) << put.error().message;
  EXPECT_NE(disk.last(DiskWitness::Kind::renamed, "copy"), DiskWitness::never) << disk.story();
}

TEST(Snapshot, LeavesTheLiveStateAsItWas) {
  const OpenClawState state;
  let_times_grow_old();
  const auto before = state.folder.names(".openclaw");
  const auto databases = state.folder.names(".openclaw/state");
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  EXPECT_EQ(before, state.folder.names(".openclaw"));
  EXPECT_EQ(databases, state.folder.names(".openclaw/state"));
}

// Each transaction writes the same number to two tables: an inconsistent copy contains two different ones.
TEST(Snapshot, OfADatabaseThatIsWrittenToAllTheTimeIsWhole) {
  const OpenClawState state;
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  std::thread writer([&] {
    Database database(state.folder.path(OpenClawState::main_database));
    database.run(
        "PRAGMA synchronous=OFF; CREATE TABLE twin(number INTEGER); INSERT INTO twin VALUES(0);"
        "UPDATE entries SET number=0");
    while (!stop) {
      const std::string number = std::to_string(++written);
      database.run("BEGIN; UPDATE entries SET number=" + number +
                   " WHERE text='before'; INSERT INTO entries VALUES(-1, hex(randomblob(3000)));"
                   "UPDATE twin SET number=" +
                   number + "; COMMIT");
    }
  });
  while (written < 5) std::this_thread::yield();
  for (int round = 0; round < 10; ++round) {
    const auto snapshot = workers::state::take_snapshot(state.place(), transaction, Pass::hot);
    EXPECT_TRUE(snapshot) << snapshot.error().message;
    EXPECT_EQ("ok", in_copy(state, "PRAGMA integrity_check"));
    EXPECT_EQ("1", in_copy(state,
                           "SELECT (SELECT number FROM twin)="
                           "(SELECT number FROM entries WHERE text='before')"));
  }
  stop = true;
  writer.join();
  EXPECT_GT(written, 10) << "the writer hardly wrote while the copies were made";
}

TEST(Snapshot, HoldsWhatIsOnlyInTheWalYet) {
  const OpenClawState state;
  Database gateway(state.folder.path(OpenClawState::main_database));
  gateway.run("PRAGMA wal_autocheckpoint=0; UPDATE entries SET text='in the wal'; PRAGMA user_version=19");
  const auto snapshot = workers::state::take_snapshot(state.place(), transaction, Pass::hot);
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  EXPECT_THAT(state.folder.names(stored + std::string("state")), testing::ElementsAre("openclaw.sqlite"));
  EXPECT_EQ(19, snapshot->inventory.schemas().at("state/openclaw.sqlite"));
  EXPECT_EQ("in the wal", in_copy(state, "SELECT text FROM entries"));
}

TEST(Snapshot, SettlesByCopyingOnlyWhatChanged) {
  const OpenClawState state;
  let_times_grow_old();
  const auto hot = workers::state::take_snapshot(state.place(), transaction, Pass::hot);
  ASSERT_TRUE(hot);
  const auto same = workers::state::take_snapshot(state.place(), transaction, Pass::settle);
  ASSERT_TRUE(same);
  EXPECT_EQ(0U, same->copied);
  EXPECT_EQ(hot->inventory.digest(), same->inventory.digest());

  state.folder.write(".openclaw/more.json5", "{gateway: {mode: 'remote'}}", 0600);
  let_times_grow_old();
  const auto settled = workers::state::take_snapshot(state.place(), transaction, Pass::settle);
  ASSERT_TRUE(settled);
  EXPECT_EQ(1U, settled->copied);
  EXPECT_NE(hot->inventory.digest(), settled->inventory.digest());
  EXPECT_EQ("{gateway: {mode: 'remote'}}", state.folder.read(stored + std::string("more.json5")));
}

TEST(Snapshot, NoticesAWriteThatIsOnlyInTheWal) {
  const OpenClawState state;
  Database gateway(state.folder.path(OpenClawState::main_database));
  gateway.run("PRAGMA wal_autocheckpoint=0; UPDATE entries SET text='one'");
  let_times_grow_old();
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  gateway.run("UPDATE entries SET text='two'");
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::settle));
  EXPECT_EQ("two", in_copy(state, "SELECT text FROM entries"));
}

// The size stays the same and, within one tick of the clock, so do the times.
TEST(Snapshot, DoesNotTrustAFileThatWasOnlyJustWritten) {
  const OpenClawState state;
  for (int round = 0; round < 20; ++round) {
    state.folder.write(".openclaw/more.json5", "{a: 1}", 0600);
    ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
    FILE* file = std::fopen(state.folder.path(".openclaw/more.json5").c_str(), "r+");
    ASSERT_NE(nullptr, file);
    std::fputs("{a: 2}", file);
    std::fclose(file);
    ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::settle));
    ASSERT_EQ("{a: 2}", state.folder.read(stored + std::string("more.json5"))) << "in round " << round;
  }
}

TEST(Snapshot, OfAStateThatDoesNotExistYetIsEmptyAndCanBeRestored) {
  const test_support::TemporaryDirectory folder;
  const workers::state::Place place{folder.path(), folder.path(".openclaw"),
                                    folder.path(".openclaw/openclaw.json")};
  const auto snapshot = workers::state::take_snapshot(place, transaction, Pass::hot);
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  EXPECT_TRUE(folder.is_file(std::string("snapshots/") + transaction + "/inventory.json"));
}

TEST(Snapshot, ForgetsWhatWasRemovedBeforeTheStop) {
  const OpenClawState state;
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  ::unlink(state.folder.path(".openclaw/.env").c_str());
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::settle));
  EXPECT_FALSE(state.folder.exists(stored + std::string(".env")));
}

// A pass that is killed after it has written its inventory leaves copies that the next one did not know of.
TEST(Snapshot, HasNoCopyThatItsInventoryDoesNotList) {
  const OpenClawState state;
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  let_times_grow_old();
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  for (const char* const left : {"removed.json5", "deep/er/.x.json.draft", "../other/x"}) {
    state.folder.write(stored + std::string(left), "secret", 0600);
  }
  for (const Pass pass : {Pass::hot, Pass::settle}) {
    const auto again = workers::state::take_snapshot(state.place(), transaction, pass);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_FALSE(state.folder.exists(stored + std::string("removed.json5")));
    EXPECT_FALSE(state.folder.exists(stored + std::string("deep/er/.x.json.draft")));
    EXPECT_FALSE(state.folder.exists(stored + std::string("../other/x")));
    EXPECT_TRUE(workers::state::verify_snapshot(state.place(), transaction, again->inventory.digest()));
    state.folder.write(stored + std::string("removed.json5"), "secret", 0600);
  }
}

TEST(Snapshot, RefusesADamagedDatabaseAndSaysWhich) {
  const OpenClawState state;
  Database(state.folder.path(OpenClawState::main_database))
      .run(
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<2000)"
          "INSERT INTO entries SELECT i, hex(randomblob(100)) FROM n");
  FILE* file = std::fopen(state.folder.path(OpenClawState::main_database).c_str(), "r+");
  ASSERT_NE(nullptr, file);
  std::fseek(file, 8 * 4096, SEEK_SET);
  for (int i = 0; i < 4096 * 4; ++i) std::fputc(0xA5, file);
  std::fclose(file);
  const auto snapshot = workers::state::take_snapshot(state.place(), transaction, Pass::hot);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(base::ErrorKind::integrity, snapshot.error().kind);
  EXPECT_THAT(snapshot.error().message, HasSubstr("state/openclaw.sqlite"));
}

TEST(Snapshot, OfADiskThatIsFullSaysSoAndLeavesNoHalfCopy) {
  if (::geteuid() != 0) GTEST_SKIP() << "a small file system takes root to mount";
  const test_support::TemporaryDirectory place;
  if (::mount("none", place.path().c_str(), "tmpfs", 0, "size=12m") != 0) {
    GTEST_SKIP() << "no tmpfs can be mounted here";
  }
  {
    const OpenClawState state(place.path());
    state.folder.write("filler", std::string(std::size_t{6} << 20, 'x'));
    const auto snapshot = workers::state::take_snapshot(state.place(), transaction, Pass::hot);
    EXPECT_FALSE(snapshot);
    EXPECT_EQ(ENOSPC, snapshot ? 0 : snapshot.error().number);

    // The space is used up after it was checked.
    Database(state.folder.path(OpenClawState::main_database))
        .run("INSERT INTO entries VALUES(1, hex(randomblob(1000000)))");
    state.folder.write("filler", std::string(std::size_t{9} << 20, 'x'));
    state.folder.mkdir("target");
    let_times_grow_old();
    const int target = ::open(state.folder.path("target").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const auto copy = workers::state::copy_database(state.folder.fd(), OpenClawState::main_database, target,
                                                    "copy", workers::state::Check::quick);
    EXPECT_FALSE(copy);
    EXPECT_EQ(ENOSPC, copy ? 0 : copy.error().number) << (copy ? "" : copy.error().message);
    EXPECT_THAT(state.folder.names("target"), testing::IsEmpty());
    ::close(target);
  }
  ::umount2(place.path().c_str(), MNT_DETACH);
}

TEST(Snapshot, NamesTheFileThatTheDiskHasNoRoomFor) {
  const OpenClawState state;
  state.folder.write(".openclaw/settings/large.json", "{}");
  ASSERT_EQ(0, ::truncate(state.folder.path(".openclaw/settings/large.json").c_str(), off_t{1} << 42));
  const auto snapshot = workers::state::take_snapshot(state.place(), transaction, Pass::hot);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(ENOSPC, snapshot.error().number);
  EXPECT_THAT(snapshot.error().message, testing::HasSubstr("'settings/large.json'"));
}

TEST(Schemas, AreThoseOfTheLiveDatabases) {
  const OpenClawState state;
  const auto schemas = workers::state::live_schemas(state.place());
  ASSERT_TRUE(schemas);
  EXPECT_EQ(R"({"state/openclaw.sqlite":18})", schemas->dump());
}

// --- the list of snapshots, and their verification

TEST(Snapshots, AreListedWithTheirDigestsAndWithoutOneWhereTheyAreDamaged) {
  const OpenClawState state;
  const auto taken = workers::state::take_snapshot(state.place(), transaction, Pass::hot);
  ASSERT_TRUE(taken) << taken.error().message;
  const std::string listed = state.folder.read(std::string("snapshots/") + transaction + "/inventory.json");
  auto odd = nlohmann::json::parse(listed);
  odd["entries"][0]["mode"] = -1e300;
  state.folder.write("snapshots/s2/inventory.json", odd.dump());
  auto twice = nlohmann::json::parse(listed);
  twice["entries"].push_back(twice["entries"][0]);
  state.folder.write("snapshots/s3/inventory.json", twice.dump());
  state.folder.write("snapshots/s1/inventory.json", "{}");
  state.folder.mkdir("snapshots/empty", 0700);
  const auto there = workers::state::list_snapshots(state.place());
  ASSERT_TRUE(there) << there.error().message;
  ASSERT_EQ(4u, there->size());
  EXPECT_EQ(transaction, (*there)[0].name);
  EXPECT_EQ(taken->inventory.digest(), (*there)[0].digest);
  EXPECT_EQ(taken->inventory.bytes(), (*there)[0].bytes);
  EXPECT_EQ("s1", (*there)[1].name);
  EXPECT_EQ("", (*there)[1].digest);
  EXPECT_EQ("s2", (*there)[2].name);
  EXPECT_EQ("", (*there)[2].digest) << "a mode that is no number of a file";
  EXPECT_EQ("s3", (*there)[3].name);
  EXPECT_EQ("", (*there)[3].digest) << "a path that is listed twice";
}

TEST(Snapshots, AreNoneWhereNoneWasEverTaken) {
  const OpenClawState state;
  const auto there = workers::state::list_snapshots(state.place());
  ASSERT_TRUE(there) << there.error().message;
  EXPECT_TRUE(there->empty());
}

TEST(Snapshots, AreVerifiedByteForByteAndByTheDigestThatTheUpdaterHas) {
  const OpenClawState state;
  const auto taken = workers::state::take_snapshot(state.place(), transaction, Pass::hot);
  ASSERT_TRUE(taken);
  const std::string digest = taken->inventory.digest();
  const auto verified = [&](const std::string& expected) {
    return workers::state::verify_snapshot(state.place(), transaction, expected);
  };
  EXPECT_TRUE(verified(digest));
  EXPECT_FALSE(verified(std::string(64, '0')));
  const std::string copy = stored + std::string(".env");
  state.folder.write(copy, "SLACK_TOKEN=anothers\n", 0600);
  const auto changed = verified(digest);
  ASSERT_FALSE(changed);
  EXPECT_EQ(base::ErrorKind::integrity, changed.error().kind);
  EXPECT_THAT(changed.error().message, HasSubstr(".env' differs from the stored file"));
}

TEST(StateWorker, TellsNoSecretInResultsOrStatus) {
  const OpenClawState state;
  ::setenv("HOME", state.folder.path().c_str(), 1);
  for (const char* name : {"OPENCLAW_STATE_DIR", "OPENCLAW_CONFIG_PATH", "OPENCLAW_HOME"}) ::unsetenv(name);
  test_support::RecordingNotifier notifier;
  for (const std::string action : {"snapshot", "settle", "schemas", "list", "verify", "restore", "discard"}) {
    const nlohmann::json request = {
        {"action", action}, {"state_directory", state.folder.path()}, {"transaction", transaction}};
    state.folder.write("request.json", request.dump());
    const auto done =
        workers::serve_request("openclaw-state", transaction + std::string(".") + action,
                               {state.folder.path("request.json"), state.folder.path("result.json")},
                               workers::state::actions(), notifier);
    ASSERT_TRUE(done) << done.error().message;
    const std::string result = state.folder.read("result.json");
    EXPECT_THAT(result, HasSubstr("\"ok\": true")) << action;
    EXPECT_THAT(result, Not(HasSubstr(OpenClawState::secret)));
  }
  EXPECT_THAT(notifier.said, Not(testing::Contains(HasSubstr(OpenClawState::secret))));
}

TEST(StateWorker, NamesAFolderOfTheGatewayOnAFullFileSystem) {
  const OpenClawState state;
  if (::geteuid() != 0) GTEST_SKIP() << "a small file system takes root to mount";
  state.folder.mkdir("tmp");
  const std::string small = state.folder.path("tmp");
  if (::mount("none", small.c_str(), "tmpfs", 0, "size=1m") != 0) GTEST_SKIP() << "no tmpfs can be mounted";
  ::setenv("HOME", state.folder.path().c_str(), 1);
  for (const char* name : {"OPENCLAW_STATE_DIR", "OPENCLAW_CONFIG_PATH", "OPENCLAW_HOME"}) ::unsetenv(name);
  const char* const usual = std::getenv("TMPDIR");
  const std::string former = usual == nullptr ? "" : usual;
  ::setenv("TMPDIR", small.c_str(), 1);
  test_support::RecordingNotifier notifier;
  const auto full = [&] {
    const nlohmann::json request = {
        {"action", "room"}, {"state_directory", state.folder.path()}, {"transaction", transaction}};
    state.folder.write("request.json", request.dump());
    const auto done =
        workers::serve_request("openclaw-state", transaction + std::string(".room"),
                               {state.folder.path("request.json"), state.folder.path("result.json")},
                               workers::state::actions(), notifier);
    EXPECT_TRUE(done) << done.error().message;
    return base::text_at(base::json_or_null(state.folder.read("result.json")), "full");
  };
  EXPECT_EQ(full(), "");
  state.folder.write("tmp/filler", std::string(std::size_t{1} << 20, 'x'));
  EXPECT_EQ(full(), small);
  ASSERT_EQ(::mount("none", small.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr), 0);
  EXPECT_EQ(full(), "") << "nobody writes to it";
  ::umount2(small.c_str(), MNT_DETACH);
  EXPECT_EQ(full(), "") << "the folder itself is on the file system of the state";
  if (former.empty()) {
    ::unsetenv("TMPDIR");
  } else {
    ::setenv("TMPDIR", former.c_str(), 1);
  }
}

TEST(StateWorker, RestoresARenewedTokenOnlyIfItIsAskedForTheExactState) {
  const OpenClawState state;
  const std::string token = ".openclaw/identity/device.json";
  state.folder.write(token, "old", 0600);
  ::setenv("HOME", state.folder.path().c_str(), 1);
  for (const char* name : {"OPENCLAW_STATE_DIR", "OPENCLAW_CONFIG_PATH", "OPENCLAW_HOME"}) ::unsetenv(name);
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), transaction, Pass::hot));
  state.folder.write(token, "renewed", 0600);
  test_support::RecordingNotifier notifier;
  for (const bool exact : {false, true}) {
    const nlohmann::json request = {{"action", "restore"},
                                    {"state_directory", state.folder.path()},
                                    {"transaction", exact ? "t2" : "t1"},
                                    {"snapshot", transaction},
                                    {"exact", exact}};
    state.folder.write("request.json", request.dump());
    const auto done =
        workers::serve_request("openclaw-state", (exact ? "t2" : "t1") + std::string(".restore"),
                               {state.folder.path("request.json"), state.folder.path("result.json")},
                               workers::state::actions(), notifier);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(exact ? "old" : "renewed", state.folder.read(token)) << state.folder.read("result.json");
  }
}

TEST(StateWorker, RefusesAnotherTransactionsSnapshot) {
  const OpenClawState state;
  test_support::RecordingNotifier notifier;
  const nlohmann::json request = {
      {"action", "discard"}, {"state_directory", state.folder.path()}, {"transaction", "other"}};
  state.folder.write("request.json", request.dump());
  const auto done =
      workers::serve_request("openclaw-state", std::string(transaction) + ".discard",
                             {state.folder.path("request.json"), state.folder.path("result.json")},
                             workers::state::actions(), notifier);
  ASSERT_TRUE(done);
  EXPECT_THAT(state.folder.read("result.json"), HasSubstr("bad_input"));
}

}  // namespace
