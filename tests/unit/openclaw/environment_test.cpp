#include "openclaw/environment.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "support/temporary_directory.hpp"

namespace {

using base::Environment;
using openclaw::config_path;
using openclaw::home_directory;
using openclaw::resolve_path;
using openclaw::service_state_directory;
using openclaw::stage_bases;
using openclaw::stage_root_name;
using openclaw::state_directory;
using test_support::TemporaryDirectory;
using Bases = std::vector<std::string>;

TEST(Environment, HomeIsOpenclawHomeThenHome) {
  EXPECT_EQ(home_directory({{"OPENCLAW_HOME", "/srv/oc"}, {"HOME", "/home/oc"}}), "/srv/oc");
  EXPECT_EQ(home_directory({{"OPENCLAW_HOME", "  "}, {"HOME", "/home/oc/"}}), "/home/oc");
  EXPECT_EQ(home_directory({{"OPENCLAW_HOME", "undefined"}, {"HOME", "/home/oc"}}), "/home/oc");
  EXPECT_EQ(home_directory({{"OPENCLAW_HOME", "~/inner"}, {"HOME", "/home/oc"}}), "/home/oc/inner");
  EXPECT_FALSE(home_directory({}).empty());  // the password database
}

TEST(Environment, StateIsStateDirThenTheHome) {
  const TemporaryDirectory home;
  EXPECT_EQ(state_directory({{"OPENCLAW_STATE_DIR", "/var/lib/openclaw/../oc/"}, {"HOME", home.path()}}),
            "/var/lib/oc");
  EXPECT_EQ(state_directory({{"OPENCLAW_STATE_DIR", "~/state"}, {"HOME", home.path()}}), home.path("state"));
  EXPECT_EQ(state_directory({{"OPENCLAW_HOME", "/srv/oc"}, {"HOME", home.path()}}), "/srv/oc/.openclaw");
}

Environment with_profile(const std::string& profile, Environment environment) {
  openclaw::apply_profile(profile, environment);
  return environment;
}

TEST(AProfile, HasAStateAndAConfigOfItsOwn) {
  const Environment environment = with_profile("work", {{"HOME", "/home/oc"}});
  EXPECT_EQ(state_directory(environment), "/home/oc/.openclaw-work");
  EXPECT_EQ(config_path(environment), "/home/oc/.openclaw-work/openclaw.json");
  EXPECT_FALSE(environment.contains("OPENCLAW_GATEWAY_PORT"));
}

TEST(AProfile, OfDevelopmentHasAPortOfItsOwn) {
  EXPECT_EQ(with_profile("dev", {{"HOME", "/home/oc"}}).at("OPENCLAW_GATEWAY_PORT"), "19001");
  EXPECT_EQ(with_profile("dev", {{"OPENCLAW_GATEWAY_PORT", "7"}}).at("OPENCLAW_GATEWAY_PORT"), "7");
}

TEST(AProfile, LeavesWhatIsSet) {
  const Environment environment =
      with_profile("work", {{"HOME", "/home/oc"}, {"OPENCLAW_STATE_DIR", "/srv/claw"}});
  EXPECT_EQ(state_directory(environment), "/srv/claw");
  EXPECT_EQ(config_path(environment), "/srv/claw/openclaw.json");
}

TEST(AProfile, CalledDefaultIsNone) {
  EXPECT_EQ(state_directory(with_profile("default", {{"HOME", "/home/oc"}})), "/home/oc/.openclaw");
  EXPECT_TRUE(with_profile("", {}).empty());
}

TEST(Environment, FormerStateDirectoryIsUsedWhileThereIsNoNewOne) {
  const TemporaryDirectory home;
  const Environment environment = {{"HOME", home.path()}};
  EXPECT_EQ(state_directory(environment), home.path(".openclaw"));
  home.mkdir(".clawdbot");
  EXPECT_EQ(state_directory(environment), home.path(".clawdbot"));
  home.mkdir(".openclaw");
  EXPECT_EQ(state_directory(environment), home.path(".openclaw"));
}

TEST(Environment, ConfigIsConfigPathThenTheState) {
  const TemporaryDirectory home;
  const std::string state = home.path("state");
  EXPECT_EQ(
      config_path({{"OPENCLAW_CONFIG_PATH", "/etc/openclaw/openclaw.json"}, {"OPENCLAW_STATE_DIR", state}}),
      "/etc/openclaw/openclaw.json");
  EXPECT_EQ(config_path({{"OPENCLAW_STATE_DIR", state}, {"HOME", home.path()}}), state + "/openclaw.json");
  EXPECT_EQ(config_path({{"HOME", home.path()}}), home.path(".openclaw/openclaw.json"));
}

TEST(Environment, IncludeRootsAreAListWithHomes) {
  EXPECT_EQ(
      openclaw::include_roots(
          {{"OPENCLAW_INCLUDE_ROOTS", "/etc/claw-shared/: ~/team::/etc/claw-shared"}, {"HOME", "/home/oc"}}),
      (Bases{"/etc/claw-shared", "/home/oc/team"}));
  EXPECT_EQ(openclaw::include_roots({}), Bases{});
}

TEST(Environment, ConfigOfTheFormerNameIsFound) {
  const TemporaryDirectory home;
  const std::string former = home.write(".clawdbot/clawdbot.json", "{}");
  EXPECT_EQ(config_path({{"HOME", home.path()}}), former);
  home.mkdir(".openclaw");
  EXPECT_EQ(config_path({{"HOME", home.path()}}), former);
  const std::string current = home.write(".openclaw/openclaw.json", "{}");
  EXPECT_EQ(config_path({{"HOME", home.path()}}), current);
}

TEST(Environment, ServiceStateIsTheFirstOfSystemdsList) {
  EXPECT_EQ(service_state_directory({{"STATE_DIRECTORY", "/var/lib/a:/var/lib/b"}}), "/var/lib/a");
  EXPECT_EQ(service_state_directory({{"STATE_DIRECTORY", "::/var/lib/b"}}), "/var/lib/b");
  EXPECT_EQ(service_state_directory({{"STATE_DIRECTORY", " : "}}), "");
  EXPECT_EQ(service_state_directory({}), "");
}

TEST(Environment, StageDirOutranksStateDirectoryOutranksTheState) {
  const TemporaryDirectory home;
  Environment environment = {{"HOME", home.path()}};
  EXPECT_EQ(stage_bases(environment, true), Bases{home.path(".openclaw/plugin-runtime-deps")});
  environment["STATE_DIRECTORY"] = "/var/lib/openclaw";
  EXPECT_EQ(stage_bases(environment, true), Bases{"/var/lib/openclaw/plugin-runtime-deps"});
  environment["OPENCLAW_PLUGIN_STAGE_DIR"] = "~/stage";
  EXPECT_EQ(stage_bases(environment, true), Bases{home.path("stage")});
  environment["OPENCLAW_PLUGIN_STAGE_DIR"] = "   ";
  EXPECT_EQ(stage_bases(environment, true), Bases{"/var/lib/openclaw/plugin-runtime-deps"});
}

TEST(Environment, LayeredStageDirIsAListWithTheWritableOneLast) {
  const Environment environment = {{"OPENCLAW_PLUGIN_STAGE_DIR", "/image/deps : :/var/deps:/image/deps/"}};
  EXPECT_EQ(stage_bases(environment, true),
            (Bases{"/var/deps", "/image/deps"}));  // of two mentions the last counts
}

TEST(Environment, StageDirIsOnePathUntil2026_4_26) {
  EXPECT_EQ(stage_bases({{"OPENCLAW_PLUGIN_STAGE_DIR", "/image/deps:/var/deps"}}, false),
            Bases{"/image/deps:/var/deps"});
}

// Names that real gateways of 2026.4.29 and 2026.4.29-beta.1 made.
TEST(Environment, StageRootIsNamedByVersionAndPackagePath) {
  EXPECT_EQ(stage_root_name("2026.4.29", "/var/tmp/lab/inst/2026.4.29/node_modules/openclaw"),
            "openclaw-2026.4.29-27c5c248c572");
  EXPECT_EQ(stage_root_name("2026.4.29-beta.1", "/var/tmp/lab/inst/2026.4.29-beta.1/node_modules/openclaw"),
            "openclaw-2026.4.29-beta.1-7bdedd683a17");
  EXPECT_EQ(stage_root_name("2026.4.29", "/var/tmp/lab/inst//x/../2026.4.29/node_modules/openclaw/"),
            "openclaw-2026.4.29-27c5c248c572");
}

TEST(Environment, StageRootNameHoldsNoStrangeCharacters) {
  EXPECT_EQ(stage_root_name("--1.0/../x y--", "/a").substr(0, 20), "openclaw-1.0-..-x-y-");
  EXPECT_TRUE(stage_root_name("", "/a").starts_with("openclaw-unknown-"));
  EXPECT_TRUE(stage_root_name("///", "/a").starts_with("openclaw-unknown-"));
}

TEST(Environment, PathsAreResolvedWithoutLookingAtLinks) {
  EXPECT_EQ(resolve_path("/a/./b//../c/"), "/a/c");
  EXPECT_EQ(resolve_path("/.."), "/");
  EXPECT_EQ(resolve_path("/"), "/");
  EXPECT_TRUE(resolve_path("x").ends_with("/x"));
}

TEST(Environment, AVariableIsTrimmedAndAnAbsentOneIsEmpty) {
  EXPECT_EQ(openclaw::variable({{"OPENCLAW_HOME", " spaced = value "}}, "OPENCLAW_HOME"), "spaced = value");
  EXPECT_EQ(openclaw::variable({}, "OPENCLAW_HOME"), "");
}

}  // namespace
