// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "fs/refusals.hpp"
#include "fs/tree.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using fs::syscalls::Call;
using test_support::Refusals;
using test_support::TemporaryDirectory;
using testing::HasSubstr;
using Names = std::vector<std::string>;

// With and without RENAME_EXCHANGE.
class Publish : public testing::TestWithParam<bool> {
 protected:
  Publish() {
    if (!GetParam()) no_exchange_ = std::make_unique<Refusals>(Call::exchange, EINVAL);
    root_.write("staged/file", "new");
  }
  void publish() const {
    const auto published = fs::publish(root_.fd(), "staged", "name");
    EXPECT_TRUE(published) << published.error().message;
    EXPECT_EQ(root_.read("name/file"), "new");
    EXPECT_EQ(root_.names(), Names{"name"});
  }

  TemporaryDirectory root_;

 private:
  std::unique_ptr<Refusals> no_exchange_;
};

TEST_P(Publish, GivesTheStagedTreeItsName) {
  publish();
}

TEST_P(Publish, ReplacesAnOlderTreeAndRemovesIt) {
  root_.write("name/old/file", "old");
  publish();
}

TEST_P(Publish, ReplacesASealedTreeBySealedOnes) {
  root_.write("name/old/file", "old");
  const base::UniqueFd old(::open(root_.path("name").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const base::UniqueFd staged(::open(root_.path("staged").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_TRUE(fs::seal_tree(old.get()));
  ASSERT_TRUE(fs::seal_tree(staged.get()));
  publish();
}

TEST_P(Publish, ReplacesAnEmptyDirectoryAFileOrALink) {
  root_.mkdir("name");
  publish();
  ASSERT_TRUE(fs::remove_tree(root_.fd(), "name"));
  root_.write("staged/file", "new");
  root_.write("name", "a file");
  publish();
  ASSERT_TRUE(fs::remove_tree(root_.fd(), "name"));
  const TemporaryDirectory outside;
  outside.write("kept");
  root_.write("staged/file", "new");
  root_.symlink(outside.path(), "name");
  publish();
  EXPECT_TRUE(outside.exists("kept"));
}

TEST_P(Publish, LeavesTheOldOneAloneWhenNothingIsStaged) {
  root_.write("name/file", "old");
  const auto published = fs::publish(root_.fd(), "missing", "name");
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().kind, ErrorKind::not_found);
  EXPECT_THAT(published.error().message, HasSubstr("'missing'"));
  EXPECT_EQ(root_.read("name/file"), "old");
}

TEST(PublishInTwoSteps, PutsTheOldOneBackWhenTheNewOneIsGone) {
  const TemporaryDirectory root;
  root.write("staged/file", "new");
  root.write("name/file", "old");
  const Refusals no_exchange([&](Call call, std::string_view) {
    if (call != Call::exchange) return 0;
    EXPECT_TRUE(fs::remove_tree(root.fd(), "staged"));
    return EINVAL;
  });
  EXPECT_FALSE(fs::publish(root.fd(), "staged", "name"));
  EXPECT_EQ(root.read("name/file"), "old");
  EXPECT_EQ(root.names(), Names{"name"});
}

TEST_P(Publish, RefusesNamesThatAreNone) {
  for (const std::string name : {"", ".", "..", "a/b", "/tmp/x"}) {
    EXPECT_FALSE(fs::publish(root_.fd(), "staged", name)) << name;
    EXPECT_FALSE(fs::publish(root_.fd(), name, "name")) << name;
  }
  EXPECT_EQ(root_.names(), Names{"staged"});
}

std::string way_of(const testing::TestParamInfo<bool>& test) {
  return test.param ? "Atomic" : "InTwoSteps";
}
INSTANTIATE_TEST_SUITE_P(Exchange, Publish, testing::Bool(), way_of);

TEST(FreeSpace, IsWhatTheFileSystemHas) {
  const TemporaryDirectory root;
  const auto space = fs::free_space(root.fd());
  ASSERT_TRUE(space) << space.error().message;
  EXPECT_GT(space->bytes, 0U);
  EXPECT_GT(space->inodes, 0U);
}

}  // namespace
