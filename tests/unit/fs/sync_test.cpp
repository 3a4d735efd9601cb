// SPDX-License-Identifier: MIT
// What is on the disk when the functions of this room answer, and in which order it got there.
#include "fs/sync.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/new_file.hpp"
#include "fs/tree.hpp"
#include "support/disk_witness.hpp"
#include "support/temporary_directory.hpp"

namespace {

using test_support::DiskWitness;
using test_support::TemporaryDirectory;
using testing::HasSubstr;
using Kind = DiskWitness::Kind;
constexpr std::size_t never = DiskWitness::never;

class Sync : public testing::Test {
 protected:
  TemporaryDirectory root_{TemporaryDirectory::fast_place()};
  base::UniqueFd file_{::open(root_.write("file", "x").c_str(), O_RDONLY | O_CLOEXEC)};
  DiskWitness disk_;
};

TEST_F(Sync, IsMadeAgainWhenASignalInterruptsIt) {
  DiskWitness::fail_next_syncs(EINTR, 2);
  EXPECT_TRUE(fs::sync_file(file_.get(), "file"));
  DiskWitness::fail_next_syncs(EINTR, 2);
  EXPECT_TRUE(fs::sync_directory(root_.fd()));
  DiskWitness::fail_next_syncs(EINTR, 2);
  EXPECT_TRUE(fs::sync_file_system(root_.fd()));
  EXPECT_EQ(disk_.syncs(), 3U) << disk_.story();
}

TEST_F(Sync, NamesWhatCouldNotBeSynced) {
  DiskWitness::fail_next_syncs(EIO, 3);
  const auto file = fs::sync_file(file_.get(), "folder/file");
  const auto folder = fs::sync_directory(root_.fd());
  const auto all = fs::sync_file_system(root_.fd());
  ASSERT_FALSE(file);
  ASSERT_FALSE(folder);
  ASSERT_FALSE(all);
  EXPECT_EQ(file.error().number, EIO);
  EXPECT_THAT(file.error().message, HasSubstr("cannot sync 'folder/file'"));
  EXPECT_THAT(folder.error().message, HasSubstr("cannot sync the directory '" + root_.path() + "'"));
  EXPECT_THAT(all.error().message, HasSubstr("cannot sync the file system of '" + root_.path() + "'"));
}

TEST_F(Sync, SaysWhenThereIsNoDirectory) {
  EXPECT_EQ(fs::sync_directory(-1).error().number, EBADF);
  EXPECT_EQ(fs::sync_file_system(-1).error().number, EBADF);
  const auto parent = fs::sync_parent(root_.path("absent/name"));
  ASSERT_FALSE(parent);
  EXPECT_THAT(parent.error().message, HasSubstr(root_.path("absent")));
}

// Some file systems cannot sync a directory; all can sync a file.
TEST_F(Sync, TakesADirectoryThatCannotBeSyncedAndNoSuchFile) {
  DiskWitness::fail_next_syncs(EINVAL);
  EXPECT_TRUE(fs::sync_directory(root_.fd()));
  DiskWitness::fail_next_syncs(EINVAL);
  EXPECT_FALSE(fs::sync_file(file_.get(), "file"));
}

TEST_F(Sync, TakesADescriptorThatOnlyNamesADirectory) {
  const base::UniqueFd named(::open(root_.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  EXPECT_TRUE(fs::sync_directory(named.get()));
  EXPECT_TRUE(fs::sync_file_system(named.get()));
  EXPECT_EQ(disk_.syncs(), 2U);
}

TEST_F(Sync, OfAParentIsOfTheFolderThatHasTheName) {
  root_.mkdir("folder");
  EXPECT_TRUE(fs::sync_parent(root_.path("folder/gone")));
  EXPECT_NE(disk_.first(Kind::folder_synced, root_.path("folder")), never) << disk_.story();
  EXPECT_EQ(disk_.syncs(), 1U);
}

TEST_F(Sync, OfAFileIsBeforeItsNameAndThatOfTheNameAfterIt) {
  root_.mkdir("folder");
  ASSERT_TRUE(fs::write_file_durably(root_.fd(), "folder/name", "content"));
  const std::size_t named = disk_.first(Kind::renamed, "folder/name");
  ASSERT_NE(named, never) << disk_.story();
  EXPECT_EQ(disk_.last(Kind::file_synced, disk_.events()[named].from, named) + 1, named) << disk_.story();
  EXPECT_NE(disk_.first(Kind::folder_synced, "folder", named), never) << disk_.story();
}

TEST_F(Sync, IsNotWaitedForWhereAFileIsOnlyReplaced) {
  ASSERT_TRUE(fs::replace_file(root_.fd(), "name", "content"));
  EXPECT_EQ(disk_.syncs(), 0U) << disk_.story();
}

TEST_F(Sync, OfANewFileIsBeforeItsName) {
  auto file = fs::NewFile::make(root_.path("archive"));
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE(file->publish());
  const std::size_t named = disk_.first(Kind::made, "archive");
  ASSERT_NE(named, never) << disk_.story();
  ASSERT_GT(named, 0U) << "nothing was synced before it" << disk_.story();
  EXPECT_EQ(disk_.events()[named - 1].kind, Kind::file_synced) << disk_.story();
  EXPECT_NE(disk_.first(Kind::folder_synced, root_.path(), named), never) << disk_.story();
}

TEST_F(Sync, OfFoldersIsOfEachThatIsMade) {
  root_.mkdir("one");
  ASSERT_TRUE(fs::make_directories_durably(root_.fd(), "one/two/three"));
  EXPECT_EQ(disk_.durably_made("one"), never) << "the one that was there";
  EXPECT_NE(disk_.durably_made("one/two"), never) << disk_.story();
  EXPECT_NE(disk_.durably_made("one/two/three"), never) << disk_.story();
  const std::size_t before = disk_.syncs();
  ASSERT_TRUE(fs::make_directories_durably(root_.fd(), "one/two/three"));
  EXPECT_EQ(disk_.syncs(), before) << "nothing was made";
}

TEST_F(Sync, IsNotWaitedForWhereFoldersAreOnlyMade) {
  ASSERT_TRUE(fs::make_directories_beneath(root_.fd(), "one/two"));
  EXPECT_TRUE(root_.is_directory("one/two"));
  EXPECT_EQ(disk_.syncs(), 0U) << disk_.story();
}

TEST_F(Sync, OfFoldersByTheirPathIsOfEachThatIsMade) {
  ASSERT_TRUE(fs::make_folders(root_.path("one/two")));
  EXPECT_NE(disk_.durably_made("one"), never) << disk_.story();
  EXPECT_NE(disk_.durably_made("one/two"), never) << disk_.story();
}

TEST_F(Sync, OfAPublishedNameIsBeforeWhatItReplacesIsRemoved) {
  root_.write("staged/file", "new");
  root_.write("name/file", "old");
  ASSERT_TRUE(fs::publish(root_.fd(), "staged", "name"));
  const std::size_t named = disk_.last(Kind::renamed, "name");
  ASSERT_NE(named, never) << disk_.story();
  const std::size_t synced = disk_.first(Kind::folder_synced, root_.path(), named);
  const std::size_t removed = disk_.first(Kind::removed, "file", named);
  ASSERT_NE(removed, never) << disk_.story();
  EXPECT_LT(synced, removed) << disk_.story();
}

}  // namespace
