// SPDX-License-Identifier: MIT
// npm/ of OpenClaw's state during an update of a plugin, and the only copy of what it was.
#include "stage/former_tree.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "fs/refusals.hpp"
#include "support/temporary_directory.hpp"

namespace {

constexpr const char* plugin = "npm/node_modules/@openclaw/slack/package.json";

class FormerTree : public ::testing::Test {
 protected:
  FormerTree() {
    state_.write("npm/package.json", R"({"dependencies": {"@openclaw/slack": "2026.5.2"}})");
    state_.write(plugin, "old");
    std::filesystem::permissions(state_.path("npm"), std::filesystem::perms(0750));
    EXPECT_TRUE(tree_.keep());
  }

  test_support::TemporaryDirectory state_, store_;
  stage::FormerTree tree_{state_.fd(), store_.fd()};
};

TEST_F(FormerTree, ComesBackWithItsModeWhereAPluginIsLost) {
  std::filesystem::remove(state_.path(plugin));
  const auto restored = tree_.recover();
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_TRUE(*restored);
  EXPECT_EQ(state_.read(plugin), "old");
  EXPECT_EQ(state_.mode("npm"), 0750U);
}

TEST_F(FormerTree, GoesWhereNothingIsLost) {
  const auto restored = tree_.recover();
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_FALSE(*restored);
  EXPECT_TRUE(store_.names(".").empty());
}

TEST_F(FormerTree, StaysWhereTheDiskDoesNotShowWhetherAPluginIsLost) {
  const std::string kept = store_.names(".").front();
  for (const std::string& unread :
       {kept + "/package.json", std::string("npm/node_modules/@openclaw/slack")}) {
    const test_support::Refusals disk(
        [&](fs::syscalls::Call, std::string_view name) { return name == unread ? EIO : 0; });
    EXPECT_FALSE(tree_.recover()) << unread;
    EXPECT_TRUE(store_.exists(kept));
  }
}

}  // namespace
