// SPDX-License-Identifier: MIT
#include "openclaw/locations.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/temporary_directory.hpp"

namespace {

using base::Environment;
using openclaw::locations_of;
using test_support::TemporaryDirectory;
using Bases = std::vector<std::string>;

std::string home_directory(const base::Environment& environment) {
  return locations_of(environment).home;
}
std::string state_directory(const base::Environment& environment) {
  return locations_of(environment).state;
}
std::string config_path(const base::Environment& environment) {
  return locations_of(environment).config;
}
std::string service_state_directory(const base::Environment& environment) {
  return locations_of(environment).service_state;
}
Bases include_roots(const base::Environment& environment) {
  return locations_of(environment).include_roots;
}
Bases stage_bases(const base::Environment& environment, bool layered) {
  return locations_of(environment).stage_bases(layered);
}

TEST(Locations, HomeIsOpenclawHomeThenHome) {
  EXPECT_EQ(home_directory({{"OPENCLAW_HOME", "/srv/oc"}, {"HOME", "/home/oc"}}), "/srv/oc");
  EXPECT_EQ(home_directory({{"OPENCLAW_HOME", "  "}, {"HOME", "/home/oc/"}}), "/home/oc");
  EXPECT_EQ(home_directory({{"OPENCLAW_HOME", "undefined"}, {"HOME", "/home/oc"}}), "/home/oc");
  EXPECT_EQ(home_directory({{"OPENCLAW_HOME", "~/inner"}, {"HOME", "/home/oc"}}), "/home/oc/inner");
  EXPECT_FALSE(home_directory({}).empty());  // the password database
}

TEST(Locations, StateIsStateDirThenTheHome) {
  const TemporaryDirectory home;
  EXPECT_EQ(state_directory({{"OPENCLAW_STATE_DIR", "/var/lib/openclaw/../oc/"}, {"HOME", home.path()}}),
            "/var/lib/oc");
  EXPECT_EQ(state_directory({{"OPENCLAW_STATE_DIR", "~/state"}, {"HOME", home.path()}}), home.path("state"));
  EXPECT_EQ(state_directory({{"OPENCLAW_HOME", "/srv/oc"}, {"HOME", home.path()}}), "/srv/oc/.openclaw");
}

base::Environment with_profile(const std::string& profile, base::Environment environment) {
  openclaw::apply_profile(profile, environment);
  return environment;
}

TEST(AProfile, HasAStateAndAConfigOfItsOwn) {
  const base::Environment environment = with_profile("work", {{"HOME", "/home/oc"}});
  EXPECT_EQ(state_directory(environment), "/home/oc/.openclaw-work");
  EXPECT_EQ(config_path(environment), "/home/oc/.openclaw-work/openclaw.json");
  EXPECT_FALSE(environment.contains("OPENCLAW_GATEWAY_PORT"));
}

TEST(AProfile, OfDevelopmentHasAPortOfItsOwn) {
  EXPECT_EQ(with_profile("dev", {{"HOME", "/home/oc"}}).at("OPENCLAW_GATEWAY_PORT"), "19001");
  EXPECT_EQ(with_profile("dev", {{"OPENCLAW_GATEWAY_PORT", "7"}}).at("OPENCLAW_GATEWAY_PORT"), "7");
}

TEST(AProfile, LeavesWhatIsSet) {
  const base::Environment environment =
      with_profile("work", {{"HOME", "/home/oc"}, {"OPENCLAW_STATE_DIR", "/srv/claw"}});
  EXPECT_EQ(state_directory(environment), "/srv/claw");
  EXPECT_EQ(config_path(environment), "/srv/claw/openclaw.json");
}

TEST(AProfile, CalledDefaultIsNone) {
  EXPECT_EQ(state_directory(with_profile("default", {{"HOME", "/home/oc"}})), "/home/oc/.openclaw");
  EXPECT_TRUE(with_profile("", {}).empty());
}

TEST(Locations, FormerStateDirectoryIsUsedWhileThereIsNoNewOne) {
  const TemporaryDirectory home;
  const base::Environment environment = {{"HOME", home.path()}};
  EXPECT_EQ(state_directory(environment), home.path(".openclaw"));
  home.mkdir(".clawdbot");
  EXPECT_EQ(state_directory(environment), home.path(".clawdbot"));
  home.mkdir(".openclaw");
  EXPECT_EQ(state_directory(environment), home.path(".openclaw"));
}

TEST(Locations, ConfigIsConfigPathThenTheState) {
  const TemporaryDirectory home;
  const std::string state = home.path("state");
  EXPECT_EQ(
      config_path({{"OPENCLAW_CONFIG_PATH", "/etc/openclaw/openclaw.json"}, {"OPENCLAW_STATE_DIR", state}}),
      "/etc/openclaw/openclaw.json");
  EXPECT_EQ(config_path({{"OPENCLAW_STATE_DIR", state}, {"HOME", home.path()}}), state + "/openclaw.json");
  EXPECT_EQ(config_path({{"HOME", home.path()}}), home.path(".openclaw/openclaw.json"));
}

TEST(Locations, IncludeRootsAreAListWithHomes) {
  EXPECT_EQ(include_roots({{"OPENCLAW_INCLUDE_ROOTS", "/etc/claw-shared/: ~/team::/etc/claw-shared"},
                           {"HOME", "/home/oc"}}),
            (Bases{"/etc/claw-shared", "/home/oc/team"}));
  EXPECT_EQ(include_roots({}), Bases{});
}

TEST(Locations, ConfigOfTheFormerNameIsFound) {
  const TemporaryDirectory home;
  const std::string former = home.write(".clawdbot/clawdbot.json", "{}");
  EXPECT_EQ(config_path({{"HOME", home.path()}}), former);
  home.mkdir(".openclaw");
  EXPECT_EQ(config_path({{"HOME", home.path()}}), former);
  const std::string current = home.write(".openclaw/openclaw.json", "{}");
  EXPECT_EQ(config_path({{"HOME", home.path()}}), current);
}

TEST(Locations, ServiceStateIsTheFirstOfSystemdsList) {
  EXPECT_EQ(service_state_directory({{"STATE_DIRECTORY", "/var/lib/a:/var/lib/b"}}), "/var/lib/a");
  EXPECT_EQ(service_state_directory({{"STATE_DIRECTORY", "::/var/lib/b"}}), "/var/lib/b");
  EXPECT_EQ(service_state_directory({{"STATE_DIRECTORY", " : "}}), "");
  EXPECT_EQ(service_state_directory({}), "");
}

TEST(Locations, StageDirOutranksStateDirectoryOutranksTheState) {
  const TemporaryDirectory home;
  base::Environment environment = {{"HOME", home.path()}};
  EXPECT_EQ(stage_bases(environment, true), Bases{home.path(".openclaw/plugin-runtime-deps")});
  environment["STATE_DIRECTORY"] = "/var/lib/openclaw";
  EXPECT_EQ(stage_bases(environment, true), Bases{"/var/lib/openclaw/plugin-runtime-deps"});
  environment["OPENCLAW_PLUGIN_STAGE_DIR"] = "~/stage";
  EXPECT_EQ(stage_bases(environment, true), Bases{home.path("stage")});
  environment["OPENCLAW_PLUGIN_STAGE_DIR"] = "   ";
  EXPECT_EQ(stage_bases(environment, true), Bases{"/var/lib/openclaw/plugin-runtime-deps"});
}

TEST(Locations, LayeredStageDirIsAListWithTheWritableOneLast) {
  const base::Environment environment = {
      {"OPENCLAW_PLUGIN_STAGE_DIR", "/image/deps : :/var/deps:/image/deps/"}};
  EXPECT_EQ(stage_bases(environment, true),
            (Bases{"/var/deps", "/image/deps"}));  // of two mentions the last counts
}

TEST(Locations, StageDirIsOnePathUntil2026_4_26) {
  EXPECT_EQ(stage_bases({{"OPENCLAW_PLUGIN_STAGE_DIR", "/image/deps:/var/deps"}}, false),
            Bases{"/image/deps:/var/deps"});
}

TEST(Locations, OfTheAccountDoNotFollowOpenclawHome) {
  const auto seen = locations_of({{"OPENCLAW_HOME", "~/inner"}, {"HOME", "/home/oc/"}});
  EXPECT_EQ(seen.account_home, "/home/oc");
  EXPECT_EQ(seen.home, "/home/oc/inner");
}

TEST(Locations, OfThisSuiteAreInTheServicesStateBeforeOpenClaws) {
  EXPECT_EQ(locations_of({{"STATE_DIRECTORY", "/var/lib/a"}, {"HOME", "/home/oc"}}).staging_state(),
            "/var/lib/a");
  EXPECT_EQ(locations_of({{"HOME", "/home/oc"}}).staging_state(), "/home/oc/.openclaw");
}

TEST(Locations, AreSaidByTheVariablesThatAreToldToDecideThem) {
  const base::Environment plain = {{"HOME", "/home/oc"}};
  const auto differs = [](const openclaw::Locations& one, const openclaw::Locations& other) {
    return one.home != other.home || one.state != other.state || one.config != other.config ||
           one.include_roots != other.include_roots || one.service_state != other.service_state ||
           one.stage_directory != other.stage_directory || one.npm_prefix != other.npm_prefix ||
           one.search_path != other.search_path;
  };
  for (const char* name :
       {"HOME", "OPENCLAW_HOME", "OPENCLAW_STATE_DIR", "OPENCLAW_CONFIG_PATH", "OPENCLAW_INCLUDE_ROOTS",
        "STATE_DIRECTORY", "OPENCLAW_PLUGIN_STAGE_DIR", "npm_config_prefix", "PATH"}) {
    base::Environment told = plain;
    told[name] = "/elsewhere";
    EXPECT_TRUE(differs(locations_of(told), locations_of(plain))) << name;
    EXPECT_TRUE(openclaw::decides_locations(name)) << name;
  }
  EXPECT_FALSE(openclaw::decides_locations("OPENCLAW_GATEWAY_PORT"));
}

}  // namespace
