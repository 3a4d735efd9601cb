// SPDX-License-Identifier: MIT
// What a power cut finds of a staging: a name only where its content is, and a record only of what is there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "fs/beneath.hpp"
#include "stage/circumstances.hpp"
#include "stage/former_tree.hpp"
#include "stage/support/staging.hpp"
#include "support/disk_witness.hpp"

namespace {

using stage_tests::FakeOpenClaw;
using stage_tests::Staging;
using test_support::DiskWitness;
using Kind = DiskWitness::Kind;
constexpr std::size_t never = DiskWitness::never;

class StagingAndThePower : public Staging {
 protected:
  StagingAndThePower() { request.use_record = true; }
};

TEST_F(StagingAndThePower, NamesAClosureWhenItsFilesAreOnTheDisk) {
  FakeOpenClaw(place, "2026.4.26").plugin("slack", {{"@slack/bolt", "^4.7.0"}});
  const DiskWitness disk;
  const auto outcome = run();
  ASSERT_TRUE(outcome.complete());
  EXPECT_TRUE(disk.tree_was_named_durably("staged-deps/" + outcome.closure)) << disk.story();
  EXPECT_TRUE(disk.tree_was_named_durably(external_root("2026.4.26") + "/node_modules")) << disk.story();
}

TEST_F(StagingAndThePower, NamesAClosureInTheTwinRootWhenItsFilesAreOnTheDisk) {
  FakeOpenClaw(place, "2026.4.22").plugin("webhooks", {{"zod", "4.0.0"}});
  const DiskWitness disk;
  ASSERT_TRUE(run().complete());
  const std::string base = place.path("state/plugin-runtime-deps/");
  const auto roots = place.names("state/plugin-runtime-deps");
  ASSERT_EQ(roots.size(), 2U);
  for (const std::string& root : roots) {
    EXPECT_TRUE(disk.tree_was_named_durably(base + root + "/node_modules")) << root << disk.story();
  }
}

TEST_F(StagingAndThePower, NamesAPluginViewWhenItsCopiesAreOnTheDisk) {
  FakeOpenClaw(place, "2026.4.20").plugin("slack", {{"@slack/bolt", "^4.7.0"}});
  const DiskWitness disk;
  ASSERT_TRUE(run().complete());
  EXPECT_TRUE(disk.tree_was_named_durably("state/plugin-view")) << disk.story();
}

// The mended manifest, the links of plugins, and what OpenClaw's installer writes have no rename of a tree.
TEST_F(StagingAndThePower, RecordsARunWhenAllThatItFoundIsOnTheDisk) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  const DiskWitness disk;
  ASSERT_TRUE(run().complete());
  const std::size_t recorded = disk.last(Kind::renamed, "staged-deps/record");
  ASSERT_NE(recorded, never) << disk.story();
  const std::size_t manifest = disk.last(Kind::renamed, ".openclaw-runtime-deps.json", recorded);
  ASSERT_NE(manifest, never) << disk.story();
  EXPECT_LT(disk.first(Kind::file_system_synced, place.path("state"), manifest), recorded) << disk.story();
}

TEST_F(StagingAndThePower, WaitsForNoDiskWhereNothingIsToBeDone) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  ASSERT_TRUE(run().complete());
  const DiskWitness disk;
  ASSERT_TRUE(run().unchanged);
  EXPECT_TRUE(disk.events().empty()) << disk.story();
}

TEST_F(StagingAndThePower, EndsTheRecordBeforeTheFirstChange) {
  FakeOpenClaw package(place, "2026.4.26");
  package.plugin("webhooks", {{"zod", "4.0.0"}});
  ASSERT_TRUE(run().complete());
  package.plugin("slack", {{"@slack/bolt", "^4.7.0"}});
  const DiskWitness disk;
  std::size_t gone = never;
  client.also = [&](const npm::InstallRequest&) { gone = disk.durably_removed("staged-deps/record"); };
  ASSERT_TRUE(run().complete());
  EXPECT_NE(gone, never) << "while the package client was at work" << disk.story();
}

// No stamp shows the damage: the record of the first run would call it unchanged.
TEST_F(StagingAndThePower, LeavesNoRecordBehindARepairThatFails) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  const auto first = run();
  ASSERT_TRUE(first.complete());
  const std::string file = place.path("state/staged-deps/" + first.closure + "/node_modules/zod/index.js");
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  std::ofstream(file) << "damaged";
  ASSERT_TRUE(run().unchanged);
  request.thorough = true;
  request.use_record = false;
  client.failure.message = "the registry is away";
  EXPECT_FALSE(run().complete());
  request.thorough = false;
  request.use_record = true;
  EXPECT_FALSE(run().unchanged);
}

TEST_F(StagingAndThePower, KeepsTheRecordWhereNothingIsChanged) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  ASSERT_TRUE(run().complete());
  request.use_record = false;
  const DiskWitness disk;
  ASSERT_TRUE(run().complete());
  EXPECT_EQ(disk.last(Kind::removed, "staged-deps/record"), never) << disk.story();
  request.check = true;
  ASSERT_EQ(::rename(external_root("2026.4.26").c_str(), place.path("deleted").c_str()), 0);
  EXPECT_FALSE(run().complete());
  EXPECT_TRUE(exists(place.path("state/staged-deps/record"))) << "a check changes nothing";
}

TEST_F(StagingAndThePower, ForgetsARecordForGood) {
  place.write("state/staged-deps/record", "x");
  const DiskWitness disk;
  ASSERT_TRUE(stage::forget(place.path("state")));
  EXPECT_NE(disk.durably_removed("staged-deps/record"), never) << disk.story();
  // A run that was killed may have removed it a moment ago.
  const std::size_t before = disk.syncs();
  ASSERT_TRUE(stage::forget(place.path("state")));
  EXPECT_EQ(disk.syncs(), before + 1) << disk.story();
}

class FormerNpm : public testing::Test {
 protected:
  FormerNpm() {
    place_.write("state/npm/package.json", R"({"dependencies":{"slack":"1.0.0"}})");
    place_.write("state/npm/node_modules/slack/package.json", "{}");
    place_.mkdir("store");
    state_ = fs::open_directory(place_.path("state")).value_or(base::UniqueFd());
    store_ = fs::open_directory(place_.path("store")).value_or(base::UniqueFd());
  }
  [[nodiscard]] stage::FormerTree tree() const { return {state_.get(), store_.get()}; }

  test_support::TemporaryDirectory place_;
  base::UniqueFd state_, store_;
};

TEST_F(FormerNpm, IsOnTheDiskBeforeTheUpdateBegins) {
  const DiskWitness disk;
  ASSERT_TRUE(tree().keep());
  EXPECT_TRUE(disk.tree_was_named_durably("store/npm-before-update")) << disk.story();
}

TEST_F(FormerNpm, IsBackOnTheDiskBeforeAnythingIsRemoved) {
  ASSERT_TRUE(tree().keep());
  const DiskWitness disk;
  ASSERT_TRUE(tree().restore());
  EXPECT_TRUE(disk.tree_was_named_durably("state/npm")) << disk.story();
  const std::size_t named = disk.last(Kind::renamed, "state/npm");
  const std::size_t back = disk.first(Kind::folder_synced, place_.path("state"), named);
  const std::size_t removal = disk.first(Kind::removed, "node_modules/slack/package.json", named);
  ASSERT_NE(removal, never) << disk.story();
  EXPECT_LT(back, removal) << disk.story();
}

TEST_F(FormerNpm, LosesItsNameForGoodBeforeItsFiles) {
  ASSERT_TRUE(tree().keep());
  const DiskWitness disk;
  ASSERT_TRUE(tree().discard());
  const auto events = disk.events();
  ASSERT_GE(events.size(), 3U) << disk.story();
  EXPECT_EQ(events[0].kind, Kind::renamed) << disk.story();
  EXPECT_EQ(events[0].from, place_.path("store/npm-before-update")) << disk.story();
  EXPECT_EQ(events[1].kind, Kind::folder_synced) << disk.story();
  EXPECT_EQ(events[2].kind, Kind::removed) << disk.story();
  EXPECT_TRUE(place_.names("store").empty());
}

// Half of it, from a discard that was killed, has plugins that the operator may have removed since.
TEST_F(FormerNpm, IsNotRestoredFromWhatADiscardHasLeft) {
  ASSERT_TRUE(tree().keep());
  ASSERT_EQ(
      ::rename(place_.path("store/npm-before-update").c_str(), place_.path("store/.npm-copy-x").c_str()), 0);
  ASSERT_EQ(::rename(place_.path("state/npm/node_modules/slack").c_str(), place_.path("removed").c_str()), 0);
  const auto recovered = tree().recover();
  ASSERT_TRUE(recovered) << recovered.error().message;
  EXPECT_FALSE(*recovered);
  EXPECT_FALSE(place_.exists("state/npm/node_modules/slack"));
  EXPECT_TRUE(place_.names("store").empty());
}

TEST_F(FormerNpm, IsDiscardedThoughItIsNotThere) {
  EXPECT_TRUE(tree().discard());
}

}  // namespace
