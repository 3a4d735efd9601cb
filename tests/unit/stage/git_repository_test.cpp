// SPDX-License-Identifier: MIT
// Plugins with a dependency from a git repository: only git can determine whether the repository is
// reachable.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stage/support/staging.hpp"

namespace {

using stage::PluginStatus;
using stage_tests::FakeOpenClaw;
using stage_tests::Staging;
using testing::HasSubstr;

class GitRepository : public Staging {
 protected:
  GitRepository() {
    FakeOpenClaw(place, "2026.4.26")
        .plugin("whatsapp", {{"@whiskeysockets/baileys", "7.0.0-rc.9"}})
        .plugin("slack", {{"@slack/bolt", "^4.7.0"}});
  }
  static constexpr const char* by_https = "https://github.com/whiskeysockets/libsignal-node.git";
  static constexpr const char* by_ssh = "ssh://git@github.com/whiskeysockets/libsignal-node.git";
};

TEST_F(GitRepository, ThatCannotBeReachedCostsNoInstallThatFails) {
  client.unreachable = {by_https, by_ssh};
  const auto outcome = run();
  EXPECT_EQ(status(outcome, "whatsapp"), PluginStatus::failed);
  EXPECT_EQ(status(outcome, "slack"), PluginStatus::staged);
  EXPECT_THAT(outcome.plugins,
              testing::Contains(testing::Field(
                  &stage::PluginRow::reason, HasSubstr("baileys: git could not reach https://github.com/"))));
  EXPECT_EQ(client.requests.size(), 1U);
}

TEST_F(GitRepository, ThatAnswersAtOneOfItsAddressesIsLeftToTheClient) {
  client.unreachable = {by_https};
  EXPECT_EQ(status(run(), "whatsapp"), PluginStatus::staged);
}

TEST_F(GitRepository, IsNotAskedForWhatAnOverrideReplaces) {
  request.settings.overrides = {{"libsignal", "2.0.1"}};
  client.unreachable = {by_https, by_ssh};
  EXPECT_EQ(status(run(), "whatsapp"), PluginStatus::staged);
  EXPECT_TRUE(client.reached_for.empty());
}

TEST_F(GitRepository, IsNotAskedForWithoutANetwork) {
  request.offline = true;
  (void)run();
  EXPECT_TRUE(client.reached_for.empty());
}

}  // namespace
