// SPDX-License-Identifier: MIT
#include "openclaw/config_includes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/temporary_directory.hpp"

namespace {

using nlohmann::json;
using openclaw::read_config_with_includes;
using test_support::TemporaryDirectory;

class Includes : public ::testing::Test {
 protected:
  [[nodiscard]] json read() const {
    const auto config = read_config_with_includes(folder_.path("openclaw.json"), roots_);
    EXPECT_TRUE(config) << config.error().message;
    return config ? config->value : json("failed");
  }
  [[nodiscard]] std::string complaint() const {
    const auto config = read_config_with_includes(folder_.path("openclaw.json"), roots_);
    EXPECT_FALSE(config);
    return config ? "" : config.error().message;
  }
  TemporaryDirectory folder_;
  std::vector<std::string> roots_;
};

TEST_F(Includes, AreMergedWithWhatStandsBesideWinning) {
  folder_.write("openclaw.json", "{$include: './base.json5', plugins: {allow: ['b'], enabled: true}}");
  folder_.write("base.json5", "{plugins: {allow: ['a'], enabled: false, deny: ['d']}, channels: {}}");
  EXPECT_EQ(
      read(),
      json::parse(R"({"plugins": {"allow": ["a", "b"], "enabled": true, "deny": ["d"]}, "channels": {}})"));
}

TEST_F(Includes, MayStandAnywhereAndBeAList) {
  folder_.write(
      "openclaw.json",
      "{channels: {$include: ['parts/one.json', 'parts/two.json']}, list: [{$include: 'parts/three.json'}]}");
  folder_.write("parts/one.json", "{slack: {enabled: false, a: 1}}");
  folder_.write("parts/two.json", "{slack: {enabled: true}, irc: {$include: 'three.json'}}");
  folder_.write("parts/three.json", "'anything'");
  EXPECT_EQ(
      read(),
      json::parse(
          R"({"channels": {"slack": {"enabled": true, "a": 1}, "irc": "anything"}, "list": ["anything"]})"));
}

TEST_F(Includes, AreListedForStamps) {
  folder_.write("openclaw.json", "{a: {$include: 'x.json'}, b: {$include: 'x.json'}}");
  folder_.write("x.json", "{}");
  const auto config = read_config_with_includes(folder_.path("openclaw.json"), roots_);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->files, (std::vector<std::string>{folder_.path("openclaw.json"), folder_.path("x.json")}));
}

TEST_F(Includes, ThatGoInACircleAreRefused) {
  folder_.write("openclaw.json", "{$include: 'a.json'}");
  folder_.write("a.json", "{b: {$include: 'openclaw.json'}}");
  EXPECT_NE(complaint().find("includes itself"), std::string::npos) << complaint();
}

TEST_F(Includes, DeeperThanTenAreRefused) {
  const auto chain = [&](int length) {
    folder_.write("openclaw.json", "{$include: '1.json'}");
    for (int i = 1; i < length; ++i) {
      folder_.write(std::to_string(i) + ".json", "{$include: '" + std::to_string(i + 1) + ".json'}");
    }
    folder_.write(std::to_string(length) + ".json", "{end: true}");
  };
  chain(10);
  EXPECT_EQ(read(), json::parse(R"({"end": true})"));
  chain(11);
  EXPECT_NE(complaint().find("10 includes"), std::string::npos) << complaint();
}

// Each of ten levels may name the next one again and again.
TEST_F(Includes, AreNotMoreThanAThousand) {
  std::string list;
  for (int i = 0; i < 500; ++i) list += "'next.json',";
  folder_.write("openclaw.json", "{$include: [" + list + "'next.json']}");
  folder_.write("next.json", "{}");
  EXPECT_EQ(read(), json::object());
  folder_.write("next.json", "{$include: ['last.json', 'last.json']}");
  folder_.write("last.json", "{}");
  EXPECT_NE(complaint().find("1,000 others"), std::string::npos) << complaint();
}

TEST_F(Includes, MustLieInTheFolderOfTheConfig) {
  const TemporaryDirectory outside;
  outside.write("secret.json", "{}");
  folder_.write("openclaw.json", "{$include: '" + outside.path("secret.json") + "'}");
  EXPECT_NE(complaint().find("outside"), std::string::npos) << complaint();
  folder_.write("openclaw.json", "{$include: '../x.json'}");
  EXPECT_NE(complaint().find("outside"), std::string::npos) << complaint();
  folder_.symlink(outside.path("secret.json"), "link.json");
  folder_.write("openclaw.json", "{$include: 'link.json'}");
  EXPECT_NE(complaint().find("outside"), std::string::npos) << complaint();
  folder_.write("openclaw.json", "{$include: '" + folder_.path("inside.json") + "'}");
  folder_.write("inside.json", "{a: 1}");
  EXPECT_EQ(read(), json::parse(R"({"a": 1})"));
}

TEST_F(Includes, MayLieInOneOfTheRoots) {
  const TemporaryDirectory shared;
  const std::string team = shared.write("team.json5", "{channels: {$include: 'more/discord.json5'}}");
  shared.write("more/discord.json5", "{discord: {enabled: true}}");
  folder_.write("openclaw.json", "{gateway: {mode: 'local'}, $include: '" + team + "'}");
  EXPECT_NE(complaint().find("OPENCLAW_INCLUDE_ROOTS"), std::string::npos) << complaint();
  roots_ = {"/nowhere", shared.path()};
  EXPECT_EQ(read(),
            json::parse(R"({"gateway": {"mode": "local"}, "channels": {"discord": {"enabled": true}}})"));
}

TEST_F(Includes, MayNotLeaveTheRootsByALink) {
  const TemporaryDirectory shared, outside;
  outside.write("secret.json", "{}");
  shared.symlink(outside.path("secret.json"), "link.json");
  folder_.write("openclaw.json", "{$include: '" + shared.path("link.json") + "'}");
  roots_ = {shared.path()};
  EXPECT_NE(complaint().find("outside"), std::string::npos) << complaint();
  roots_.push_back(outside.path());
  EXPECT_EQ(read(), json::object());
}

// A copy of the config has these at the same places as the config has.
TEST_F(Includes, ThatAreNamedAbsolutelyAreTold) {
  const TemporaryDirectory shared;
  const std::string team = shared.write("team.json5", "{$include: 'more.json5'}");
  const std::string more = shared.write("more.json5", "{}");
  folder_.write("beside.json", "{}");
  folder_.write("openclaw.json", "{a: {$include: './beside.json'}, b: {$include: '" + team + "'}}");
  roots_ = {shared.path()};
  const auto config = read_config_with_includes(folder_.path("openclaw.json"), roots_);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->fixed, (std::vector<std::string>{team, more}));
}

TEST_F(Includes, ThatCannotBeReadNameTheFile) {
  folder_.write("openclaw.json", "{$include: 'gone.json'}");
  EXPECT_NE(complaint().find("gone.json"), std::string::npos) << complaint();
  folder_.write("gone.json", "{broken");
  EXPECT_NE(complaint().find("gone.json"), std::string::npos) << complaint();
}

TEST_F(Includes, OfTheWrongTypeAreRefused) {
  for (const char* text : {"{$include: 3}", "{$include: ['a.json', 3]}", "{$include: 'list.json', a: 1}"}) {
    folder_.write("a.json", "{}");
    folder_.write("list.json", "[]");
    folder_.write("openclaw.json", text);
    EXPECT_NE(complaint(), "") << text;
  }
}

}  // namespace
