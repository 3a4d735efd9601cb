// SPDX-License-Identifier: MIT
// Snapshots on demand: what root records about them, and what the gateway's user can do to them.
#include "update/snapshots.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "fs/refusals.hpp"
#include "update/support/scene.hpp"

namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using update::ListedSnapshot;
using update_tests::json;
using update_tests::old_version;
using update_tests::Scene;
using Condition = update::ListedSnapshot::Condition;

const std::string never_made = "s20261121T101500Z-4f2a";

class SnapshotOnDemand : public testing::Test {
 protected:
  SnapshotOnDemand() { there_is({}); }
  void there_is(const json& snapshots) {
    scene_.workers.answer("openclaw-state list", {{"snapshots", snapshots}});
  }
  static json found(const std::string& name, const std::string& digest = "d1") {
    return {{"name", name}, {"digest", digest}, {"bytes", 4096}, {"files", 7}};
  }
  std::string create(bool transcripts = false) {
    const auto created = update::create_snapshot(scene_.setup(), transcripts);
    EXPECT_TRUE(created) << created.error().message;
    return created ? created->record.name : "";
  }
  std::vector<ListedSnapshot> list() {
    auto all = update::list_snapshots(scene_.setup());
    EXPECT_TRUE(all) << all.error().message;
    return all.value_or(std::vector<ListedSnapshot>{});
  }
  Scene scene_;
};

TEST_F(SnapshotOnDemand, IsTakenByTheWorkerAndKnownToRootByItsDigest) {
  const auto created = update::create_snapshot(scene_.setup(), /*transcripts=*/true);
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_TRUE(update::require_snapshot_name(created->record.name));
  EXPECT_EQ(created->record.version, old_version);
  EXPECT_EQ(scene_.workers.requests["openclaw-state snapshot"]["transcripts"], true);
  const auto known = update::find_snapshot(scene_.setup(), created->record.name);
  ASSERT_TRUE(known) << known.error().message;
  EXPECT_EQ(known->digest, "d1");
  EXPECT_EQ(known->origin, "by hand");
  EXPECT_EQ(known->schemas.at("state/openclaw.sqlite"), 18);
  EXPECT_THAT(scene_.root.names("state/snapshots/" + known->name), Contains("definition"));
  EXPECT_TRUE(scene_.is_running());
  EXPECT_FALSE(scene_.called(std::string("stop ") + update_tests::gateway));
}

TEST_F(SnapshotOnDemand, IsRefusedOfAStateThatIsNotTheRunningGateways) {
  scene_.workers.answers["openclaw-state owner"] = [](const json&, const update::Watching&) {
    return base::fail(base::ErrorKind::refused, "the running gateway has its state in /y");
  };
  EXPECT_FALSE(update::create_snapshot(scene_.setup(), false));
  EXPECT_FALSE(scene_.called("openclaw-state snapshot"));
}

TEST_F(SnapshotOnDemand, ThatFailsLeavesNoRecord) {
  scene_.workers.fail("openclaw-state snapshot", "the disk is full");
  EXPECT_FALSE(update::create_snapshot(scene_.setup(), false));
  EXPECT_THAT(list(), IsEmpty());
}

TEST_F(SnapshotOnDemand, IsListedBesideThoseOfUpdatesWithWhatItIsOf) {
  ASSERT_EQ(scene_.update(), "updated");
  const std::string of_update = scene_.context.id, name = create();
  there_is({found(of_update), found(name)});
  const auto all = list();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].record.name, of_update);
  EXPECT_EQ(all[0].record.origin, "update " + of_update);
  EXPECT_EQ(all[0].record.version, old_version);
  EXPECT_EQ(all[1].record.name, name);
  EXPECT_EQ(all[1].bytes, 4096);
  for (const ListedSnapshot& each : all) EXPECT_EQ(each.condition, Condition::present);
}

TEST_F(SnapshotOnDemand, IsListedAsChangedGoneOrUnknownWhereItIsThat) {
  const std::string name = create();
  there_is({found(name, "another"), found(never_made), found("\033[31mred")});
  auto all = list();
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].condition, Condition::unknown);
  EXPECT_EQ(all[1].condition, Condition::unknown);
  EXPECT_THAT(all[1].record.name, Not(HasSubstr("\033")));
  EXPECT_EQ(all[2].condition, Condition::changed);
  there_is(json::array());
  all = list();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].condition, Condition::gone);
}

TEST_F(SnapshotOnDemand, IsVerifiedByTheDigestThatRootHas) {
  const std::string name = create();
  scene_.workers.answer("openclaw-state verify", {{"digest", "d1"}});
  const auto record = update::find_snapshot(scene_.setup(), name);
  ASSERT_TRUE(record);
  ASSERT_TRUE(update::verify_snapshot(scene_.setup(), *record));
  const json& request = scene_.workers.requests["openclaw-state verify"];
  EXPECT_EQ(request["snapshot"], name);
  EXPECT_EQ(request["digest"], "d1");
}

TEST_F(SnapshotOnDemand, OutlivesTheTidyingOfUpdates) {
  const std::string name = create();
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_THAT(scene_.workers.requests["openclaw-state discard"]["keep"], Contains(name));
}

TEST_F(SnapshotOnDemand, KeepsEverythingWhereRootCannotTellWhichThereAre) {
  scene_.root.write("state/snapshots", "no folder");
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_FALSE(scene_.called("openclaw-state discard"));
  EXPECT_THAT(scene_.context.notes, Contains(HasSubstr("old snapshots of the state are not removed")));
}

TEST_F(SnapshotOnDemand, IsRemovedAloneAndByName) {
  const std::string name = create();
  scene_.now_ms += 1'000'000;
  const std::string other = create();
  there_is({found(name), found(other), found("t00000001-20261121T101500Z")});
  ASSERT_TRUE(update::remove_snapshot(scene_.setup(), name));
  EXPECT_THAT(scene_.workers.requests["openclaw-state discard"]["keep"],
              ElementsAre(other, "t00000001-20261121T101500Z"));
  EXPECT_FALSE(update::find_snapshot(scene_.setup(), name));
  EXPECT_TRUE(update::find_snapshot(scene_.setup(), other));
}

TEST_F(SnapshotOnDemand, OfAnUpdateCannotBeRemovedByAnOperator) {
  ASSERT_EQ(scene_.update(), "updated");
  scene_.workers.requests.clear();
  const auto removed = update::remove_snapshot(scene_.setup(), scene_.context.id);
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().kind, base::ErrorKind::refused);
  EXPECT_THAT(scene_.workers.requests, IsEmpty());
}

TEST_F(SnapshotOnDemand, ThatWasNeverMadeIsNotFoundAndTheMessageSaysWhereToLook) {
  const auto missing = update::find_snapshot(scene_.setup(), never_made);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, base::ErrorKind::not_found);
  EXPECT_THAT(missing.error().message, HasSubstr("openclaw-update snapshot list"));
}

// EIO, EMFILE: it stays what it is, and is no snapshot that was never made.
TEST_F(SnapshotOnDemand, IsNeitherUnknownNorMissingWhereItsRecordCannotBeReadNow) {
  ASSERT_EQ(scene_.update(), "updated");
  const std::string of_update = scene_.context.id, name = create();
  for (const auto& [each, record] : {std::pair(of_update, std::string("journal")),
                                     std::pair(name, "snapshots/" + name + "/record.json")}) {
    there_is(json::array({found(each)}));
    const test_support::Refusals disk([&record = record](fs::syscalls::Call call, std::string_view path) {
      return call == fs::syscalls::Call::openat2 && path == record ? EIO : 0;
    });
    EXPECT_FALSE(update::list_snapshots(scene_.setup())) << each;
    const auto known = update::find_snapshot(scene_.setup(), each);
    ASSERT_FALSE(known) << each;
    EXPECT_EQ(known.error().kind, base::ErrorKind::system) << each;
  }
}

TEST_F(SnapshotOnDemand, IsNotTakenOfAVersionThatCannotBeFoundOutNow) {
  const test_support::Refusals disk([](fs::syscalls::Call call, std::string_view path) {
    return call == fs::syscalls::Call::openat2 && path == "." ? EIO : 0;
  });
  EXPECT_FALSE(update::create_snapshot(scene_.setup(), false));
  EXPECT_FALSE(scene_.called("openclaw-state snapshot"));
}

TEST(TheNameOfASnapshot, IsOneAndNoPath) {
  for (const char* good : {"s20261121T101500Z-4f2a", "t00000017-20261121T101500Z", "20261121T101500Z-4f2a"}) {
    EXPECT_TRUE(update::require_snapshot_name(good)) << good;
  }
  for (const char* bad :
       {"", "s", "../x", "s20261121T101500Z-4f2a/..", "st00000017-20261121T101500Z", "latest"}) {
    EXPECT_FALSE(update::require_snapshot_name(bad)) << bad;
  }
}

constexpr const char* elsewhere = "t00000017-20261121T101500Z-aaaa";

json archived() {
  return {{"format", 1},           {"name", elsewhere}, {"origin", "update \033[31mred"},
          {"version", "2026.9.5"}, {"digest", "d9"},    {"at_ms", 1'800'000'000'000},
          {"bytes", 4096},         {"files", 7},        {"schemas", {{"state/openclaw.sqlite", 18}}}};
}

TEST_F(SnapshotOnDemand, IsExportedByTheWorkerWhichIsToldWhatRootKnowsOfIt) {
  const std::string name = create();
  scene_.workers.answer("openclaw-state export", {{"digest", "d1"}, {"bytes", 4096}, {"files", 7}});
  scene_.workers.sent = "the archive";
  const auto record = update::find_snapshot(scene_.setup(), name);
  ASSERT_TRUE(record);
  const base::UniqueFd file(::memfd_create("archive", MFD_CLOEXEC));
  const auto exported = update::export_snapshot(scene_.setup(), *record, file.get());
  ASSERT_TRUE(exported) << exported.error().message;
  EXPECT_EQ(exported->archive_bytes, scene_.workers.sent.size());
  EXPECT_EQ(exported->files, 7);
  const json& request = scene_.workers.requests["openclaw-state export"];
  EXPECT_EQ(request["name"], name);
  EXPECT_EQ(request["digest"], "d1");
  EXPECT_EQ(request["version"], old_version);
}

TEST_F(SnapshotOnDemand, IsImportedUnderANameOfItsOwnAndRememberedByWhatWasUnpacked) {
  scene_.workers.answer("openclaw-state import", archived());
  const base::UniqueFd file(::memfd_create("archive", MFD_CLOEXEC));
  ASSERT_EQ(::write(file.get(), "tar", 3), 3);
  ::lseek(file.get(), 0, SEEK_SET);
  const auto imported = update::import_snapshot(scene_.setup(), file.get(), 3);
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_EQ(scene_.workers.received, "tar");
  EXPECT_EQ(scene_.workers.requests["openclaw-state import"]["bytes"], 3);
  EXPECT_NE(imported->record.name, elsewhere);
  const auto known = update::find_snapshot(scene_.setup(), imported->record.name);
  ASSERT_TRUE(known) << known.error().message;
  EXPECT_EQ(known->digest, "d9");
  EXPECT_EQ(known->version, "2026.9.5");
  EXPECT_EQ(known->schemas.at("state/openclaw.sqlite"), 18);
  EXPECT_THAT(known->origin, AllOf(HasSubstr(elsewhere), Not(HasSubstr("\033"))));
  // The unit files of another host are not used here.
  EXPECT_THAT(scene_.root.names("state/snapshots/" + known->name), Not(Contains("definition")));
}

TEST_F(SnapshotOnDemand, LeavesNoRecordOfAnArchiveThatCouldNotBeUnpacked) {
  scene_.workers.fail("openclaw-state import", "the archive is incomplete");
  const base::UniqueFd file(::memfd_create("archive", MFD_CLOEXEC));
  EXPECT_FALSE(update::import_snapshot(scene_.setup(), file.get(), 0));
  EXPECT_THAT(list(), IsEmpty());
}

}  // namespace
