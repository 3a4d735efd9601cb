// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "fs/child_process.hpp"
#include "fs/tree.hpp"
#include "support/temporary_directory.hpp"

namespace {

using test_support::TemporaryDirectory;
using test_support::true_without_root;

TEST(SealTree, TakesEveryWriteBitAndKeepsProgramsExecutable) {
  const TemporaryDirectory tree;
  tree.write("zod/index.js", "", 0640);
  tree.write("zod/cli.js", "", 0775);
  tree.write("zod/helper", "", 06755);
  tree.mkdir("zod/private", 0700);

  const auto sealed = fs::seal_tree(tree.fd());

  ASSERT_TRUE(sealed) << sealed.error().message;
  EXPECT_EQ(tree.mode("zod/index.js"), 0444U);
  EXPECT_EQ(tree.mode("zod/cli.js"), 0555U);
  EXPECT_EQ(tree.mode("zod/helper"), 0555U);
  EXPECT_EQ(tree.mode("zod/private"), 0555U);
  EXPECT_EQ(tree.mode("zod"), 0555U);
  EXPECT_EQ(tree.mode("."), 0555U);
  EXPECT_TRUE(fs::seal_tree(tree.fd()));
}

TEST(SealTree, ChangesNothingBehindALink) {
  const TemporaryDirectory tree;
  const TemporaryDirectory outside;
  outside.write("file", "", 0644);
  outside.mkdir("folder", 0755);
  tree.symlink(outside.path("file"), "file");
  tree.symlink(outside.path("folder"), "folder");
  ASSERT_TRUE(fs::seal_tree(tree.fd()));
  EXPECT_EQ(outside.mode("file"), 0644U);
  EXPECT_EQ(outside.mode("folder"), 0755U);
}

TEST(SealTree, LeavesAnOwnerWithoutRootUnableToChangeAnything) {
  const TemporaryDirectory root;
  root.mkdir(".", 0777);
  EXPECT_TRUE(true_without_root([&] {
    const std::string closure = root.path("closure");
    const std::string file = closure + "/index.js";
    ::mkdir(closure.c_str(), 0700);
    ::close(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const int fd = ::open(closure.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!fs::seal_tree(fd)) return false;
    const bool cannot_write = ::open(file.c_str(), O_WRONLY | O_CLOEXEC) < 0 && errno == EACCES;
    const bool cannot_add = ::openat(fd, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 && errno == EACCES;
    const bool cannot_remove = ::unlink(file.c_str()) != 0 && errno == EACCES;
    return cannot_write && cannot_add && cannot_remove && ::access(file.c_str(), R_OK) == 0;
  }));
}

TEST(SealTree, CanSealWhatItsOwnerCannotList) {
  const TemporaryDirectory root;
  root.mkdir(".", 0777);
  EXPECT_TRUE(true_without_root([&] {
    const std::string closure = root.path("closure");
    ::mkdir(closure.c_str(), 0700);
    ::mkdir((closure + "/odd").c_str(), 0700);
    ::close(::open((closure + "/odd/file").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0000));
    ::chmod((closure + "/odd").c_str(), 0000);
    const int fd = ::open(closure.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fs::seal_tree(fd).has_value() && ::access((closure + "/odd/file").c_str(), R_OK) == 0;
  }));
}

TEST(SealTree, RefusesSpecialFilesByName) {
  const TemporaryDirectory tree;
  ASSERT_EQ(::mkfifo(tree.path("pipe").c_str(), 0666), 0);
  const auto sealed = fs::seal_tree(tree.fd());
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().message, "cannot seal 'pipe': it is a FIFO");
}

}  // namespace
