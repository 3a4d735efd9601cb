// SPDX-License-Identifier: MIT
#include "fs/list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "fs/refusals.hpp"
#include "support/temporary_directory.hpp"

namespace {

using fs::DirectoryEntry;
using test_support::TemporaryDirectory;

TEST(ListDirectory, NamesAndTypesEverythingInOrder) {
  const TemporaryDirectory root;
  root.write("folder/b");
  root.mkdir("folder/a");
  root.symlink("nowhere", "folder/c");
  root.write("folder/.hidden");
  ASSERT_EQ(::mkfifo(root.path("folder/d").c_str(), 0644), 0);

  const auto entries = fs::list_directory(root.fd(), "folder");

  ASSERT_TRUE(entries) << entries.error().message;
  std::string seen;
  for (const DirectoryEntry& entry : *entries) {
    seen += entry.name + std::to_string(static_cast<int>(entry.type)) + " ";
  }
  EXPECT_EQ(seen, ".hidden0 a1 b0 c2 d3 ");
}

TEST(ListDirectory, ListsTheRootAgainAndAgain) {
  const TemporaryDirectory root;
  root.write("only");
  for (int round = 0; round < 2; ++round) {
    const auto entries = fs::list_directory(root.fd());
    ASSERT_TRUE(entries) << entries.error().message;
    ASSERT_EQ(entries->size(), 1U);
    EXPECT_EQ(entries->front().name, "only");
  }
}

TEST(ListDirectory, ListsNothingThroughALink) {
  const TemporaryDirectory root;
  root.symlink("/", "link");
  EXPECT_EQ(fs::list_directory(root.fd(), "link").error().number, ELOOP);
  EXPECT_EQ(fs::list_directory(root.fd(), "missing").error().number, ENOENT);
}

TEST(ListDirectory, NamesTheFolderThatCannotBeListed) {
  const TemporaryDirectory root;
  const test_support::Refusals disk(fs::syscalls::Call::openat2, EIO);
  EXPECT_THAT(fs::list_directory(root.fd()).error().message, testing::HasSubstr(root.path()));
}

}  // namespace
