// SPDX-License-Identifier: MIT
// The words of a container's entrypoint, and those that its second program gets.
#include "tools/entrypoint_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using testing::ElementsAre;
using tools::EntrypointOptions;
using tools::without_guard;

EntrypointOptions parsed(std::vector<std::string> words) {
  EntrypointOptions options;
  CLI::App app("", "openclaw-stage-deps");
  tools::define_entrypoint(app, options);
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::Error& error) {
    ADD_FAILURE() << error.what();
  }
  return options;
}

TEST(EntrypointOptions, LeavesEverythingBehindTheDashesToTheCommand) {
  const auto options =
      parsed({"--guard-state", "--", "node", "x.js", "--guard-wait", "1s", "--", "--policy"});
  EXPECT_TRUE(options.guard_state);
  EXPECT_THAT(options.command, ElementsAre("node", "x.js", "--guard-wait", "1s", "--", "--policy"));
  EXPECT_EQ(options.guard_wait, std::chrono::seconds(30));
}

TEST(EntrypointOptions, TakesTheGuardsPolicyBeforeTheSetting) {
  const auto options = parsed({"--guard-state", "--state-policy", "refuse", "--guard-wait", "2min",
                               "--settings", "/nowhere/helpers.ini", "--", "true"});
  EXPECT_EQ(options.guard_wait, std::chrono::seconds(120));
  const auto settings = tools::settings_of(options, {});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->rollback.state, config::StateRule::refuse);
  const auto without = tools::settings_of(parsed({"--settings", "/nowhere/helpers.ini"}), {});
  ASSERT_TRUE(without);
  EXPECT_EQ(without->rollback.state, config::StateRule::automatic);
}

TEST(EntrypointOptions, GuardsNothingWithoutACommandThatHoldsTheVolume) {
  const auto refused = tools::require_consistent(parsed({"--guard-state"}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, base::ErrorKind::usage);
  EXPECT_TRUE(tools::require_consistent(parsed({"--guard-state", "--", "true"})));
  EXPECT_TRUE(tools::require_consistent(parsed({})));
}

TEST(EntrypointOptions, MigratesNothingWithoutTheSnapshotBeforeIt) {
  const auto refused = tools::require_consistent(parsed({"--migrate", "--", "true"}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, base::ErrorKind::usage);
  EXPECT_TRUE(tools::require_consistent(parsed({"--guard-state", "--migrate", "--", "true"})));
}

TEST(WithoutGuard, TakesTheGuardsWordsOutInEitherSpelling) {
  EXPECT_THAT(
      without_guard(
          {"--guard-state", "--migrate", "--state-policy", "keep", "--guard-wait=1s", "-v", "--", "node"}, 1),
      ElementsAre("-v", "--", "node"));
  EXPECT_THAT(without_guard({"--state-policy=keep", "--policy", "fail", "--guard-wait", "1s", "--", "a"}, 1),
              ElementsAre("--policy", "fail", "--", "a"));
}

TEST(WithoutGuard, LeavesWordsOfTheCommandThatLookLikeThem) {
  EXPECT_THAT(without_guard({"--guard-state", "--", "run", "--guard-state", "--guard-wait", "1s"}, 4),
              ElementsAre("--", "run", "--guard-state", "--guard-wait", "1s"));
}

}  // namespace
