// SPDX-License-Identifier: MIT
// The copy of root's state for a gateway's new user: its owner, and what happens to it later.
#include "update/adoption/home_copy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/disk_witness.hpp"
#include "support/temporary_directory.hpp"
#include "update/support/fake_accounts.hpp"

namespace {

using base::ErrorKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using update_tests::FakeAccounts;

class HomeCopy : public testing::Test {
 protected:
  HomeCopy() {
    root_.mkdir("root", 0700);
    root_.mkdir("root/.openclaw", 0700);
    root_.write("root/.openclaw/openclaw.json", "{}", 0600);
    root_.write("root/.openclaw/state/openclaw.sqlite", "rows", 0600);
    root_.symlink("/usr/lib/node_modules/openclaw", "root/.openclaw/peer");
    root_.write("root/.config/openclaw/gateway.env", "KEY=value\n", 0600);
    root_.write("root/.config/gh/hosts.yml", "token", 0600);
    root_.write("root/.ssh/id_ed25519", "key", 0600);
    moved_.user = "claw";
    moved_.home = root_.path("root");
    moved_.place = root_.path("homes/claw");
    moved_.items = {".openclaw", ".config/openclaw"};
    moved_.makes_account = true;
  }
  void copy() {
    const auto done = update::copy_home(moved_, accounts_, {});
    ASSERT_TRUE(done) << done.error().message;
  }
  update::HomeGivenBack give_back() {
    const auto given = update::give_home_back(moved_, accounts_, {});
    EXPECT_TRUE(given) << given.error().message;
    return given.value_or(update::HomeGivenBack{});
  }

  test_support::TemporaryDirectory root_;
  FakeAccounts accounts_;
  update::MovedHome moved_;
};

TEST_F(HomeCopy, IsOfTheItemsAloneAndItsUsersAlone) {
  copy();
  EXPECT_THAT(root_.names("homes"), ElementsAre("claw"));
  EXPECT_THAT(root_.names("homes/claw"), ElementsAre(".config", ".openclaw"));
  EXPECT_THAT(root_.names("homes/claw/.config"), ElementsAre("openclaw"));
  EXPECT_EQ(root_.read("homes/claw/.openclaw/state/openclaw.sqlite"), "rows");
  for (const char* path : {"homes/claw", "homes/claw/.config", "homes/claw/.openclaw/openclaw.json",
                           "homes/claw/.openclaw/peer"}) {
    EXPECT_EQ(root_.status(path).st_uid, FakeAccounts::number()) << path;
    EXPECT_EQ(root_.status(path).st_gid, FakeAccounts::group()) << path;
  }
  EXPECT_EQ(root_.status("homes/claw").st_mode & 07777U, 0700U);
  EXPECT_EQ(root_.status("homes/claw/.openclaw/openclaw.json").st_mode & 07777U, 0600U);
  EXPECT_EQ(root_.status("homes").st_uid, ::geteuid());
  EXPECT_EQ(root_.status("homes").st_mode & 07777U, 0755U);
  EXPECT_EQ(root_.status("root/.openclaw/openclaw.json").st_uid, ::geteuid())
      << "the original stays whose it is";
}

TEST_F(HomeCopy, OfAHomeThatOthersMayReadIsItsUsersAlone) {
  ::chmod(root_.path("root").c_str(), 0755);
  copy();
  EXPECT_EQ(root_.status("homes/claw").st_mode & 07777U, 0700U);
}

TEST_F(HomeCopy, OfAStateThatIsWrittenToMeanwhileIsNone) {
  const auto done = update::copy_home(moved_, accounts_, [&](const std::string& step) {
    if (step.starts_with("began to copy")) root_.write("root/.openclaw/state/openclaw.sqlite", "rows", 0600);
  });
  EXPECT_TRUE(done) << "before it began is no matter: " << done.error().message;
  give_back();
  ASSERT_EQ(::mkfifo(root_.path("root/.openclaw/pipe").c_str(), 0600), 0);
  const auto again = update::copy_home(moved_, accounts_, [&](const std::string& step) {
    if (step.starts_with("left out .openclaw/pipe")) root_.write("root/.openclaw/openclaw.json", "{ }", 0600);
  });
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::busy);
  EXPECT_THAT(again.error().message, HasSubstr("another process wrote to"));
  EXPECT_FALSE(root_.exists("homes/claw"));
}

// root's shell writes its history, which does not concern the gateway.
TEST_F(HomeCopy, IsNoWorseForWhatElseHappensInTheHome) {
  ASSERT_EQ(::mkfifo(root_.path("root/.openclaw/pipe").c_str(), 0600), 0);
  const auto done = update::copy_home(moved_, accounts_, [&](const std::string& step) {
    if (step.starts_with("left out")) root_.write("root/.bash_history", "ls\n", 0600);
  });
  EXPECT_TRUE(done) << done.error().message;
}

TEST_F(HomeCopy, IsRefusedAFolderThatSomebodyElseMayWriteIn) {
  root_.mkdir("homes", 0777);
  const auto done = update::copy_home(moved_, accounts_, {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::refused);
  EXPECT_THAT(root_.names("homes"), IsEmpty());
}

TEST_F(HomeCopy, ThatHasNotServedIsRemovedWithTheUserThatWasMadeForIt) {
  copy();
  EXPECT_EQ(accounts_.known.count("claw"), 1U);
  const auto given = give_back();
  EXPECT_EQ(given.kept, "");
  EXPECT_TRUE(given.user_is_gone);
  EXPECT_FALSE(root_.exists("homes"));
  EXPECT_THAT(accounts_.known, IsEmpty());
}

// It has secrets of root's, and the account that it belongs to is removed.
TEST_F(HomeCopy, ThatIsRemovedDoesNotComeBack) {
  copy();
  const test_support::DiskWitness disk;
  give_back();
  EXPECT_NE(disk.durably_removed("homes/claw"), test_support::DiskWitness::never) << disk.story();
}

TEST_F(HomeCopy, ThatIsKeptIsRootsOnTheDiskBeforeItHasItsName) {
  copy();
  moved_.served = true;
  const test_support::DiskWitness disk;
  give_back();
  const std::size_t named = disk.last(test_support::DiskEvent::Kind::renamed, "homes/claw.kept");
  ASSERT_NE(named, test_support::DiskWitness::never) << disk.story();
  EXPECT_NE(disk.last(test_support::DiskEvent::Kind::folder_synced, "homes/claw", named),
            test_support::DiskWitness::never)
      << disk.story();
}

TEST_F(HomeCopy, IsMadeInAFolderThatIsOnTheDisk) {
  const test_support::DiskWitness disk;
  copy();
  EXPECT_NE(disk.durably_made("homes"), test_support::DiskWitness::never) << disk.story();
}

TEST_F(HomeCopy, ThatHasServedIsKeptForRootAlone) {
  copy();
  root_.write("homes/claw/.openclaw/state/openclaw.sqlite", "more rows");
  moved_.served = true;
  const auto given = give_back();
  EXPECT_EQ(given.kept, root_.path("homes/claw.kept"));
  EXPECT_EQ(root_.read("homes/claw.kept/.openclaw/state/openclaw.sqlite"), "more rows");
  EXPECT_EQ(root_.status("homes/claw.kept").st_uid, ::geteuid());
  EXPECT_EQ(root_.status("homes/claw.kept").st_mode & 07777U, 0700U);
  EXPECT_EQ(root_.read("root/.openclaw/state/openclaw.sqlite"), "rows");
  // The next copy does not replace it.
  copy();
  EXPECT_EQ(give_back().kept, root_.path("homes/claw.kept-2"));
  EXPECT_EQ(root_.read("homes/claw.kept/.openclaw/state/openclaw.sqlite"), "more rows");
}

TEST_F(HomeCopy, KeepsAUserThatWasThereBefore) {
  ASSERT_TRUE(accounts_.make("claw", "/home/claw"));
  moved_.makes_account = false;
  copy();
  const auto given = give_back();
  EXPECT_FALSE(given.user_is_gone);
  EXPECT_EQ(given.user_kept, "");
  EXPECT_EQ(accounts_.known.count("claw"), 1U);
}

TEST_F(HomeCopy, KeepsAUserThatIsUsedForMoreAndSaysForWhat) {
  copy();
  accounts_.in_use = "process 4711";
  EXPECT_EQ(give_back().user_kept, "process 4711");
  EXPECT_EQ(accounts_.known.count("claw"), 1U);
  accounts_.in_use = "";
  accounts_.known["claw"].home = "/home/claw";
  EXPECT_THAT(give_back().user_kept, HasSubstr("its home directory was changed"));
}

TEST_F(HomeCopy, IsGivenBackThoughNothingOfItIsThere) {
  const auto given = give_back();
  EXPECT_EQ(given.kept, "");
  EXPECT_FALSE(given.user_is_gone);
}

// A hole needs no space, so a file that is only long is not refused.
TEST_F(HomeCopy, NeedsTheRoomThatItsFilesTake) {
  EXPECT_TRUE(update::require_room_for_copy(moved_));
  const std::string large = root_.write("root/.openclaw/large");
  ASSERT_EQ(::truncate(large.c_str(), std::int64_t{1} << 42), 0);
  EXPECT_TRUE(update::require_room_for_copy(moved_));
}

TEST_F(HomeCopy, IsRefusedWhereThereIsNoRoomForIt) {
  const std::string small = root_.mkdir("small");
  if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=1m") != 0) GTEST_SKIP() << "needs root";
  moved_.place = small + "/homes/claw";
  const auto room = update::require_room_for_copy(moved_);
  ::umount(small.c_str());
  ASSERT_FALSE(room);
  EXPECT_EQ(room.error().kind, ErrorKind::refused);
  EXPECT_THAT(room.error().message, HasSubstr("make room there"));
}

}  // namespace
