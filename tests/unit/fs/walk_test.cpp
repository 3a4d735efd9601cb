// SPDX-License-Identifier: MIT
#include "fs/walk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include "support/temporary_directory.hpp"

namespace {

using test_support::TemporaryDirectory;
using Names = std::vector<std::string>;

// Notes what is visited. `before_entering` runs when a folder was listed and is not yet open: the moment of
// somebody who changes the tree.
class Noting final : public fs::Visitor {
 public:
  explicit Noting(std::function<void()> before_entering) : before_entering_(std::move(before_entering)) {}

  base::Result<bool> enter(const fs::WalkEntry& /*entry*/) override {
    before_entering_();
    return true;
  }
  base::Result<void> visit(const fs::WalkEntry& entry) override {
    visited.emplace_back(entry.path);
    return {};
  }

  Names visited;

 private:
  std::function<void()> before_entering_;
};

TEST(Walk, EntersNoLinkThatTookThePlaceOfAFolder) {
  const TemporaryDirectory root, outside;
  outside.write("secret");
  root.mkdir("folder");
  Noting noting([&] {
    ASSERT_EQ(::rmdir(root.path("folder").c_str()), 0);
    root.symlink(outside.path(), "folder");
  });
  const auto walked = fs::walk(root.fd(), noting);
  ASSERT_FALSE(walked);
  EXPECT_THAT(walked.error().message, testing::HasSubstr("'folder'"));
  EXPECT_EQ(noting.visited, Names{});
}

TEST(Walk, EndsAtAFolderThatCannotBeOpened) {
  const TemporaryDirectory root;
  root.mkdir("folder");
  Noting noting([&] { ASSERT_EQ(::rmdir(root.path("folder").c_str()), 0); });
  const auto walked = fs::walk(root.fd(), noting);
  ASSERT_FALSE(walked);
  EXPECT_EQ(walked.error().number, ENOENT);
}

}  // namespace
