// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>

#include "fs/beneath.hpp"
#include "fs/child_process.hpp"
#include "fs/tree.hpp"
#include "support/temporary_directory.hpp"

namespace {

using test_support::Answer;
using test_support::TemporaryDirectory;
using testing::HasSubstr;

TEST(RemoveTree, RemovesEverythingOfThatNameAndNothingElse) {
  const TemporaryDirectory root;
  root.write("stage/a/b/c", "x");
  root.write("stage/.hidden");
  root.write("stage2/kept");
  const auto removed = fs::remove_tree(root.fd(), "stage");
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(root.names(), std::vector<std::string>{"stage2"});
  EXPECT_TRUE(root.exists("stage2/kept"));
}

TEST(RemoveTree, TakesWhatIsAbsentAsRemoved) {
  const TemporaryDirectory root;
  EXPECT_TRUE(fs::remove_tree(root.fd(), "missing"));
  EXPECT_TRUE(fs::remove_tree(root.fd(), "missing/below"));
}

TEST(RemoveTree, RemovesALinkOrAFileAsSuch) {
  const TemporaryDirectory root;
  const TemporaryDirectory outside;
  outside.write("kept");
  root.symlink(outside.path(), "link");
  root.write("folder/file");
  EXPECT_TRUE(fs::remove_tree(root.fd(), "link"));
  EXPECT_TRUE(fs::remove_tree(root.fd(), "folder/file"));
  EXPECT_EQ(root.names(), std::vector<std::string>{"folder"});
  EXPECT_TRUE(outside.exists("kept"));
}

TEST(RemoveTree, NeverFollowsALinkInTheTreeOrInThePath) {
  const TemporaryDirectory root;
  const TemporaryDirectory outside;
  outside.write("folder/kept");
  root.symlink(outside.path("folder"), "stage/a/link");
  root.symlink(outside.path(), "parent");
  EXPECT_TRUE(fs::remove_tree(root.fd(), "stage"));
  EXPECT_FALSE(fs::remove_tree(root.fd(), "parent/folder"));
  EXPECT_TRUE(outside.exists("folder/kept"));
}

TEST(RemoveTree, RefusesPathsThatLeave) {
  const TemporaryDirectory root;
  root.write("a/b");
  for (const char* path : {"", ".", "..", "a/..", "/tmp", "a//b"}) {
    EXPECT_FALSE(fs::remove_tree(root.fd(), path)) << path;
  }
  EXPECT_TRUE(root.exists("a/b"));
}

TEST(RemoveTree, CopesWithAnyName) {
  const TemporaryDirectory root;
  for (const std::string name : {"-rf", "new\nline", "\xff\xfe", " ", "\x1b[2J", "*", "\\"}) {
    root.write("stage/" + name);
    root.write("stage/d" + name + "/" + name);
  }
  root.write("stage/" + std::string(255, 'n'));
  EXPECT_TRUE(fs::remove_tree(root.fd(), "stage"));
  EXPECT_TRUE(root.names().empty());
}

TEST(RemoveTree, RemovesWhatIsSealedWithoutRoot) {
  const TemporaryDirectory root;
  root.mkdir(".", 0777);
  EXPECT_TRUE(test_support::true_without_root([&] {
    auto folder = fs::make_directories_beneath(root.fd(), "stage/a/b");
    if (!folder) return false;
    ::close(::openat(folder->get(), "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    auto stage = fs::open_directory_beneath(root.fd(), "stage");
    if (!stage || !fs::seal_tree(stage->get())) return false;
    ::fchmod(folder->get(), 0000);
    return fs::remove_tree(root.fd(), "stage").has_value();
  }));
  EXPECT_TRUE(root.names().empty());
}

TEST(RemoveTree, LeavesTheCallersOwnFolderAsItIs) {
  const TemporaryDirectory root;
  EXPECT_TRUE(test_support::true_without_root([&] {
    const std::string mine =
        TemporaryDirectory::default_place() + "/openclaw-test-" + std::to_string(::getpid());
    ::mkdir(mine.c_str(), 0700);
    ::mkdir((mine + "/stage").c_str(), 0700);
    ::chmod(mine.c_str(), 0500);
    const int fd = ::open(mine.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool refused = !fs::remove_tree(fd, "stage");
    struct stat status = {};
    ::fstat(fd, &status);
    ::chmod(mine.c_str(), 0700);
    ::rmdir((mine + "/stage").c_str());
    ::rmdir(mine.c_str());
    return refused && (status.st_mode & 0777U) == 0500;
  }));
}

TEST(RemoveTree, RemovesTreesDeeperThanDescriptorsReach) {
  const TemporaryDirectory root(TemporaryDirectory::fast_place());
  root.mkdir("stage");
  int fd = ::open(root.path("stage").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int level = 0; level < 3000; ++level) {
    ASSERT_EQ(::mkdirat(fd, "d", 0755), 0);
    ::close(::openat(fd, "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    const int next = ::openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ::close(fd);
    fd = next;
  }
  ::close(fd);
  struct rlimit usual = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
  const struct rlimit few = {512, usual.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const auto removed = fs::remove_tree(root.fd(), "stage");
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
  EXPECT_TRUE(removed) << removed.error().message;
  EXPECT_TRUE(root.names().empty());
}

TEST(RemoveTree, RemovesTheRestAndNamesWhatItCannot) {
  const TemporaryDirectory root;
  const TemporaryDirectory mounted;
  root.write("stage/a/file");
  root.write("stage/z/file");
  root.mkdir("stage/m/mount");
  mounted.write("kept");
  const Answer answer = test_support::ask_with_private_mounts([&] {
    const std::string point = root.path("stage/m/mount");
    if (::mount(mounted.path().c_str(), point.c_str(), nullptr, MS_BIND, nullptr) != 0) return false;
    const auto removed = fs::remove_tree(root.fd(), "stage");
    return !removed && removed.error().message.find("'" + point + "'") != std::string::npos;
  });
  if (answer == Answer::impossible) GTEST_SKIP() << "private mounts are not allowed here";
  EXPECT_EQ(answer, Answer::yes);
  EXPECT_TRUE(mounted.exists("kept"));
  EXPECT_EQ(root.names("stage"), std::vector<std::string>{"m"});
}

// The gateway's user swaps a folder in the tree for a link to somewhere else, as fast as it can.
TEST(RemoveTree, TouchesNothingOutsideWhileSomebodySwapsLinksIn) {
  const TemporaryDirectory root(TemporaryDirectory::fast_place());
  const TemporaryDirectory outside(TemporaryDirectory::fast_place());
  const auto kept = [](int i) { return "folder/kept" + std::to_string(i); };
  for (int i = 0; i < 20; ++i) outside.write(kept(i), "x");
  std::atomic<bool> done{false};
  std::thread attacker([&] {
    while (!done) ::renameat2(root.fd(), "stage/target", root.fd(), "link", RENAME_EXCHANGE);
  });
  for (int round = 0; round < 3000; ++round) {
    // May fail at any step, as the attacker is at work.
    if (!root.is_symlink("link")) {
      static_cast<void>(fs::remove_tree(root.fd(), "link"));
      [[maybe_unused]] const int linked = ::symlinkat(outside.path("folder").c_str(), root.fd(), "link");
    }
    for (const char* folder : {"stage", "stage/target"}) ::mkdir(root.path(folder).c_str(), 0755);
    static_cast<void>(fs::remove_tree(root.fd(), "stage"));
  }
  done = true;
  attacker.join();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(outside.exists(kept(i))) << kept(i);
}

TEST(RemoveTree, LetsTwoRemoveTheSameTree) {
  const TemporaryDirectory root(TemporaryDirectory::fast_place());
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 40; ++i) root.write("stage/" + std::to_string(i % 5) + "/" + std::to_string(i));
    bool other = false;
    std::thread second([&] { other = fs::remove_tree(root.fd(), "stage").has_value(); });
    const auto removed = fs::remove_tree(root.fd(), "stage");
    second.join();
    EXPECT_TRUE(removed) << removed.error().message;
    EXPECT_TRUE(other);
    EXPECT_TRUE(root.names().empty());
  }
}

}  // namespace
