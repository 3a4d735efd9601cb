// SPDX-License-Identifier: MIT
// Peer links, installation and update, with a shell script instead of Node that acts like OpenClaw's command
// line.
#include "stage/external_plugins.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <string>

#include "openclaw/external_catalog.hpp"
#include "stage/support/fake_openclaw.hpp"
#include "stage/support/long_wait.hpp"

namespace {

using stage::Finding;
using stage::Outcome;
using stage::PluginStatus;
using stage_tests::FakeOpenClaw;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Listener final : public stage::Surroundings {
 public:
  std::vector<std::string> phases;
  int progressed = 0;
  void phase(const std::string& text) override { phases.push_back(text); }
  void progress(const npm::Progress& progress) override { progressed += progress.client.empty() ? 0 : 1; }
  base::Result<std::vector<std::unique_ptr<npm::Client>>> clients(const stage::Request& request) override {
    (void)request;
    return base::fail(base::ErrorKind::refused, "OpenClaw's own installer does it");
  }
};

// `put ID VERSION` installs in the same way as 5.12.
constexpr const char* fake_node = R"(#!/bin/sh
state=$HOME/.openclaw
echo "$1 $2 $3 $4" >> $HOME/calls
env > $HOME/environment
put() {
  mkdir -p $state/npm/node_modules/@openclaw/$1
  echo '{"dependencies":{"@openclaw/'$1'":"'$2'"}}' > $state/npm/package.json
  echo '{"name":"@openclaw/'$1'","version":"'$2'","openclaw":{"extensions":["./a.js"]},"peerDependencies":{"openclaw":"*"}}' \
    > $state/npm/node_modules/@openclaw/$1/package.json
  echo '{"id":"'$1'","channels":["'$1'"]}' > $state/npm/node_modules/@openclaw/$1/openclaw.plugin.json
}
. $HOME/behaviour
)";

class External : public testing::Test {
 protected:
  External() {
    place.mkdir("home/.openclaw");
    place.mkdir("service");
    place.write("node", fake_node, 0755);
    request.environment =
        openclaw::as_given({{"STATE_DIRECTORY", place.path("service")}, {"HOME", place.path("home")}});
    request.package_root = place.path("package");
    request.settings.gateway.node = place.path("node");
    config(R"({"channels":{"slack":{"mode":"socket"}}})");
    behave("put slack 2026.5.12");
    core("2026.5.12");
  }

  void core(const std::string& version) const {
    FakeOpenClaw(place, version);
    place.write("package/scripts/lib/official-external-channel-catalog.json",
                R"({"entries":[{"name":"@openclaw/slack","openclaw":{"channel":{"id":"slack"},"install":{}}},
                               {"name":"@openclaw/line","openclaw":{"channel":{"id":"line"},"install":{}}}]})");
  }
  void config(const std::string& text) const { place.write("home/.openclaw/openclaw.json", text); }
  void behave(const std::string& script) const { place.write("home/behaviour", script + "\n"); }
  void installed(const std::string& version, const std::string& link) const {
    const std::string folder = "home/.openclaw/npm/node_modules/@openclaw/slack/";
    place.write("home/.openclaw/npm/package.json",
                R"({"dependencies":{"@openclaw/slack":")" + version + R"("}})");
    place.write(folder + "package.json",
                R"({"name":"@openclaw/slack","version":")" + version +
                    R"(","openclaw":{"extensions":["./a.js"]},"peerDependencies":{"openclaw":"*"}})");
    place.write(folder + "openclaw.plugin.json", R"({"id":"slack"})");
    if (!link.empty()) place.symlink(link, folder + "node_modules/openclaw");
  }

  Outcome run() {
    Outcome outcome;
    const auto situation = stage::observe(request);
    if (!situation) {
      outcome.failure = situation.error();
      return outcome;
    }
    stage::ExternalPlugins plugins(*situation, request, listener, outcome);
    if (const auto done = stage::follow(plugins, request.check, outcome); !done) {
      outcome.failure = done.error();
    }
    return outcome;
  }
  static stage::PluginRow row(const Outcome& outcome, const std::string& id) {
    EXPECT_FALSE(outcome.failure) << outcome.failure->message;
    for (const auto& each : outcome.plugins) {
      if (each.id == id) return each;
    }
    ADD_FAILURE() << "no row for " << id;
    return {};
  }
  static const Finding* finding(const Outcome& outcome, Finding::Kind kind) {
    const auto found = std::find_if(outcome.findings.begin(), outcome.findings.end(),
                                    [&](const Finding& each) { return each.kind == kind; });
    return found == outcome.findings.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::string link() const {
    return place.read_link("home/.openclaw/npm/node_modules/@openclaw/slack/node_modules/openclaw");
  }
  [[nodiscard]] std::string calls() const {
    return place.exists("home/calls") ? place.read("home/calls") : "";
  }
  [[nodiscard]] long number_of_calls() const {
    const std::string all = calls();
    return std::count(all.begin(), all.end(), '\n');
  }
  void remember_as_if_it_took(int milliseconds) const {
    stage_tests::remember_as_if_it_took(place, "service", milliseconds);
  }
  [[nodiscard]] std::string real_root() const {
    char path[PATH_MAX];
    return ::realpath(place.path("package").c_str(), path) != nullptr ? path : "";
  }

  test_support::TemporaryDirectory place;
  stage::Request request;
  Listener listener;
};

TEST_F(External, InstallsWhatIsMissingByOpenClawsOwnCommand) {
  const auto outcome = run();
  EXPECT_EQ(row(outcome, "slack").status, PluginStatus::staged);
  EXPECT_THAT(calls(), HasSubstr("/dist/index.js plugins install @openclaw/slack@2026.5.12\n"));
  EXPECT_THAT(listener.phases, Contains(HasSubstr("installing @openclaw/slack@2026.5.12")));
  EXPECT_EQ(link(), real_root()) << "linked by us where the installer did not";
  EXPECT_TRUE(outcome.complete());
}

TEST_F(External, GivesTheCommandTheStateAndTheNetworkButNoKeys) {
  request.environment.variables.insert({{"SLACK_BOT_TOKEN", "xoxb-secret"},
                                        {"ANTHROPIC_API_KEY", "secret"},
                                        {"OPENCLAW_GATEWAY_TOKEN", "secret"},
                                        {"OPENCLAW_PROFILE", "work"},
                                        {"HTTPS_PROXY", "http://proxy:1"},
                                        {"NODE_EXTRA_CA_CERTS", "/ca.pem"},
                                        {"npm_config_cafile", "/ca.pem"},
                                        {"npm_config_prefix", "/elsewhere"}});
  run();
  const std::string environment = place.read("home/environment");
  EXPECT_THAT(environment, Not(HasSubstr("secret")));
  EXPECT_THAT(environment, Not(HasSubstr("npm_config_prefix")));
  for (const char* line :
       {"OPENCLAW_PROFILE=work", "HTTPS_PROXY=http://proxy:1", "NODE_EXTRA_CA_CERTS=/ca.pem",
        "npm_config_cafile=/ca.pem", "npm_config_fetch_retries=2", "OPENCLAW_NO_AUTO_UPDATE=1"}) {
    EXPECT_THAT(environment, HasSubstr(line));
  }
  EXPECT_THAT(environment, HasSubstr("HOME=" + place.path("home") + "\n"));
  const std::string cache = place.path("service/staged-deps/cache/openclaw-cli");
  EXPECT_THAT(environment, HasSubstr("npm_config_cache=" + cache + "\n"));
  EXPECT_THAT(environment, HasSubstr("NPM_CONFIG_USERCONFIG=" + cache + "/npmrc\n"));
  EXPECT_EQ(place.read("service/staged-deps/cache/openclaw-cli/npmrc"), "cache=" + cache + "\n");
}

TEST_F(External, LeavesTheUsersOwnNpmrcInPlace) {
  place.write("home/.npmrc", "registry=https://example/\n//example/:_authToken=${REGISTRY_TOKEN}\n");
  request.environment.set("REGISTRY_TOKEN", "token-of-the-registry");
  run();
  EXPECT_THAT(place.read("home/environment"), Not(HasSubstr("NPM_CONFIG_USERCONFIG")));
  EXPECT_THAT(place.read("home/environment"), HasSubstr("REGISTRY_TOKEN=token-of-the-registry"));
}

TEST_F(External, BelievesTheFilesAndNotTheExitStatus) {
  behave("put slack 2026.5.12; echo 'plugin already exists: x (delete it first)'; exit 1");
  EXPECT_EQ(row(run(), "slack").status, PluginStatus::staged);
  behave("exit 0");
  place.write("home/.openclaw/npm/package.json", "{}");
  EXPECT_EQ(row(run(), "slack").status, PluginStatus::failed);
}

TEST_F(External, SaysWhatTheRegistryLacksAndWhatToDo) {
  behave(
      "echo 'npm error code ETARGET'; echo 'Package not found on npm: @openclaw/slack@2026.5.12.'; exit 1");
  const auto reason = row(run(), "slack").reason;
  EXPECT_THAT(reason, HasSubstr("the registry has no @openclaw/slack@2026.5.12"));
  EXPECT_THAT(reason, HasSubstr("the gateway starts without it and does not report this"));
}

TEST_F(External, WarnsOfTheSilentStartOfNewVersions) {
  core("2026.9.6");
  behave("exit 1");
  EXPECT_THAT(row(run(), "slack").reason, HasSubstr("75 s"));
}

TEST_F(External, StopsAnInstallerThatHangsAndDoesNotWaitTwice) {
  config(R"({"channels":{"slack":{"mode":"socket"},"line":{"a":1}}})");
  behave("sleep 60");
  request.settings.packages.stall_timeout = std::chrono::seconds(1);
  const auto outcome = run();
  EXPECT_THAT(row(outcome, "line").reason, HasSubstr("without progress"));
  EXPECT_THAT(row(outcome, "slack").reason, HasSubstr("not tried"));
  const std::string all = calls();
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 1);
  EXPECT_GT(listener.progressed, 0);
}

TEST_F(External, TheHookDoesNotWaitAgainForWhatHasJustFailed) {
  request.heed_failures = true;
  behave("sleep 0.05; echo 'npm error code ETARGET'; exit 1");
  run();
  remember_as_if_it_took(60'000);
  const auto outcome = run();
  EXPECT_EQ(row(outcome, "slack").status, PluginStatus::failed);
  EXPECT_THAT(row(outcome, "slack").reason, HasSubstr("the registry has no @openclaw/slack@2026.5.12"));
  EXPECT_THAT(
      row(outcome, "slack").reason,
      HasSubstr(
          "ago; tried again after 9 min 59 s; `openclaw-install-deps` tries immediately); the gateway"));
  EXPECT_EQ(number_of_calls(), 1);
  request.heed_failures = false;
  run();
  EXPECT_EQ(number_of_calls(), 2) << "by hand it is tried at once";
  behave("put slack 2026.5.12");
  EXPECT_EQ(row(run(), "slack").status, PluginStatus::staged);
  EXPECT_FALSE(place.exists("service/staged-deps/failed-fetches.json"));
}

TEST_F(External, AnUpdateOfOpenClawIsTriedAtOnce) {
  request.heed_failures = true;
  behave("sleep 0.05; exit 1");
  run();
  remember_as_if_it_took(60'000);
  core("2026.5.13");
  run();
  EXPECT_EQ(number_of_calls(), 2);
}

TEST_F(External, WhatWasNotTriedForTheSakeOfAnotherIsNotTriedNextEither) {
  request.heed_failures = true;
  config(R"({"channels":{"slack":{"mode":"socket"},"line":{"a":1}}})");
  behave("sleep 60");
  request.settings.packages.stall_timeout = std::chrono::seconds(1);
  run();
  const auto outcome = run();
  EXPECT_THAT(row(outcome, "slack").reason, HasSubstr("not tried after the failure of @openclaw/line@"));
  EXPECT_EQ(number_of_calls(), 1);
}

TEST_F(External, DoesNotInstallOffline) {
  request.offline = true;
  const auto outcome = run();
  EXPECT_EQ(row(outcome, "slack").status, PluginStatus::failed);
  EXPECT_THAT(row(outcome, "slack").reason, HasSubstr("--offline"));
  EXPECT_EQ(calls(), "");
}

TEST_F(External, OnlySaysWithCheck) {
  installed("2026.5.12", place.path("gone"));
  request.check = true;
  const auto outcome = run();
  EXPECT_EQ(row(outcome, "slack").status, PluginStatus::missing);
  ASSERT_NE(finding(outcome, Finding::Kind::peer_link), nullptr);
  EXPECT_FALSE(finding(outcome, Finding::Kind::peer_link)->mended);
  EXPECT_EQ(link(), place.path("gone"));
  EXPECT_TRUE(place.names("service").empty());
}

TEST_F(External, RunsNothingWhenAllIsRight) {
  installed("2026.5.12", real_root());
  const auto outcome = run();
  EXPECT_EQ(row(outcome, "slack").status, PluginStatus::present);
  EXPECT_EQ(calls(), "");
  EXPECT_TRUE(outcome.findings.empty());
}

TEST_F(External, MendsALinkToACoreThatIsGone) {
  installed("2026.5.12", place.path("releases/old"));
  const auto outcome = run();
  EXPECT_EQ(row(outcome, "slack").status, PluginStatus::repaired);
  EXPECT_EQ(link(), real_root());
  ASSERT_NE(finding(outcome, Finding::Kind::peer_link), nullptr);
  EXPECT_TRUE(finding(outcome, Finding::Kind::peer_link)->mended);
  EXPECT_THAT(finding(outcome, Finding::Kind::peer_link)->message, HasSubstr("which does not exist"));
  EXPECT_THAT(place.names("home/.openclaw/npm/node_modules/@openclaw/slack/node_modules"),
              testing::ElementsAre("openclaw"));
  EXPECT_EQ(outcome.findings.size(), 1U) << "told once";
}

// #106920: a link into the tree of nvm is right until the gateway is adopted, and broken when nvm's version
// is removed a week later.
TEST_F(External, LeadsALinkIntoAVersionManagersTreeToTheReleaseBeforeThatTreeIsGone) {
  place.symlink(place.path("package"), "current");
  request.package_root = place.path("current");
  place.write("home/.nvm/versions/node/v22.1.0/lib/node_modules/openclaw/package.json",
              R"({"name":"openclaw","version":"2026.5.12"})");
  installed("2026.5.12", place.path("home/.nvm/versions/node/v22.1.0/lib/node_modules/openclaw"));
  const auto outcome = run();
  EXPECT_EQ(link(), place.path("current"));
  ASSERT_NE(finding(outcome, Finding::Kind::peer_link), nullptr);
  EXPECT_THAT(finding(outcome, Finding::Kind::peer_link)->message,
              AllOf(HasSubstr("pointed to another OpenClaw"), HasSubstr(".nvm/versions/node/v22.1.0")));
  ASSERT_EQ(::rename(place.path("home/.nvm").c_str(), place.path("home/.nvm-removed").c_str()), 0);
  const auto later = run();
  EXPECT_EQ(link(), place.path("current"));
  EXPECT_TRUE(later.findings.empty());
}

TEST_F(External, LinksByThePathThatAnUpdateMoves) {
  place.symlink(place.path("package"), "current");
  request.package_root = place.path("current");
  installed("2026.5.12", place.path("releases/old"));
  run();
  EXPECT_EQ(link(), place.path("current"));
}

TEST_F(External, LeavesALinkThatLeadsToTheCore) {
  place.symlink(place.path("package"), "current");
  installed("2026.5.12", place.path("current"));
  run();
  EXPECT_EQ(link(), place.path("current"));
}

TEST_F(External, WritesThroughNoLink) {
  installed("2026.5.12", "");
  place.mkdir("elsewhere");
  place.symlink(place.path("elsewhere"), "home/.openclaw/npm/node_modules/@openclaw/slack/node_modules");
  EXPECT_EQ(row(run(), "slack").status, PluginStatus::failed);
  EXPECT_TRUE(place.names("elsewhere").empty());
}

TEST_F(External, TellsOfSkewAndLeavesIt) {
  installed("2026.5.11", real_root());
  const auto outcome = run();
  EXPECT_EQ(row(outcome, "slack").status, PluginStatus::present);
  ASSERT_NE(finding(outcome, Finding::Kind::skew), nullptr);
  EXPECT_THAT(finding(outcome, Finding::Kind::skew)->message,
              HasSubstr("2026.5.11 and OpenClaw is 2026.5.12"));
  EXPECT_EQ(calls(), "");
}

TEST_F(External, UpdatesWithRepair) {
  installed("2026.5.11", real_root());
  request.thorough = true;
  const auto outcome = run();
  EXPECT_THAT(calls(), HasSubstr("plugins update @openclaw/slack@2026.5.12"));
  EXPECT_EQ(row(outcome, "slack").status, PluginStatus::staged);
  ASSERT_NE(finding(outcome, Finding::Kind::skew), nullptr);
  EXPECT_TRUE(finding(outcome, Finding::Kind::skew)->mended);
  EXPECT_FALSE(place.exists("service/staged-deps/npm-before-update"));
}

TEST_F(External, PutsNpmBackWhenAnUpdateDestroysIt) {
  installed("2026.5.11", real_root());
  behave("rm -rf $state/npm; echo 'plugin failed validation'; exit 1");
  request.thorough = true;
  const auto outcome = run();
  // The plugin is there; but who asked for the update does not read that all is well.
  EXPECT_EQ(row(outcome, "slack").status, PluginStatus::failed);
  EXPECT_THAT(row(outcome, "slack").reason, HasSubstr("stays 2026.5.11"));
  EXPECT_THAT(finding(outcome, Finding::Kind::skew)->message, HasSubstr("plugin failed validation"));
  EXPECT_EQ(link(), real_root());
  EXPECT_FALSE(place.exists("service/staged-deps/npm-before-update"));
}

TEST_F(External, PutsNpmBackAfterARunThatDied) {
  installed("2026.5.11", real_root());
  const std::string copy = place.mkdir("service/staged-deps") + "/npm-before-update";
  ASSERT_EQ(::rename(place.path("home/.openclaw/npm").c_str(), copy.c_str()), 0);
  place.mkdir("home/.openclaw/.openclaw-systemd-npm-AAAAAA");
  const auto outcome = run();
  EXPECT_EQ(row(outcome, "slack").status, PluginStatus::present);
  EXPECT_NE(finding(outcome, Finding::Kind::half_finished), nullptr);
  EXPECT_THAT(place.names("home/.openclaw"), testing::ElementsAre("npm", "openclaw.json"));
  EXPECT_THAT(place.names("service/staged-deps"), testing::IsEmpty());
}

TEST_F(External, KnowsByNameWhatOnlyTheCopyOfAnUpdateThatDiedHas) {
  installed("2026.5.12", real_root());
  const std::string modules = "home/.openclaw/npm/node_modules/";
  place.write("home/.openclaw/npm/package.json",
              R"({"dependencies":{"@openclaw/slack":"2026.5.12","theirs":"1.0.0"}})");
  place.write(modules + "theirs/package.json",
              R"({"name":"theirs","version":"1.0.0","openclaw":{"extensions":["./a.js"]}})");
  place.write(modules + "theirs/openclaw.plugin.json", R"({"id":"theirs"})");
  const std::string copy = place.mkdir("service/staged-deps") + "/npm-before-update";
  ASSERT_EQ(::rename(place.path("home/.openclaw/npm").c_str(), copy.c_str()), 0);
  installed("2026.5.12", real_root());
  request.selection.only = {"theirs"};
  const auto outcome = run();
  EXPECT_EQ(row(outcome, "theirs").status, PluginStatus::present);
  EXPECT_TRUE(place.exists(modules + "theirs/package.json"));
}

TEST_F(External, InstallsAPluginThatIsNamed) {
  config("{}");
  behave("put line 2026.5.12");
  request.selection.only = {"line"};
  EXPECT_EQ(row(run(), "line").status, PluginStatus::staged);
}

TEST_F(External, RefusesAnUnknownName) {
  request.selection.only = {"lien"};
  const auto outcome = run();
  ASSERT_TRUE(outcome.failure);
  EXPECT_THAT(outcome.failure->message, HasSubstr("lien"));
}

TEST_F(External, WatchesWhatWouldChangeTheAnswer) {
  installed("2026.5.12", real_root());
  const auto situation = stage::observe(request);
  ASSERT_TRUE(situation);
  const auto paths = *stage::watched_external_paths(*situation, request);
  for (const char* path :
       {"npm/package.json", "npm/projects", "npm/node_modules/@openclaw/slack/package.json",
        "npm/node_modules/@openclaw/slack/node_modules/openclaw"}) {
    EXPECT_THAT(paths, Contains(place.path("home/.openclaw/") + path));
  }
}

TEST_F(External, InstallsAgainWhatTheInstallationOfAnotherHasLost) {
  config(R"({"channels":{"slack":{"mode":"socket"},"line":{"token":"x"}}})");
  installed("2026.5.12", place.path("package"));
  // `put` writes a package.json that lists only this plugin.
  behave(
      "case $4 in *line*) put line 2026.5.12;; *) put slack 2026.5.12; "
      "echo '{\"dependencies\":{\"@openclaw/slack\":\"1\",\"@openclaw/line\":\"1\"}}' > "
      "$state/npm/package.json;; esac");
  const auto outcome = run();
  EXPECT_EQ(row(outcome, "line").status, PluginStatus::staged);
  EXPECT_EQ(row(outcome, "slack").status, PluginStatus::staged);
  EXPECT_EQ(number_of_calls(), 2);
}

TEST_F(External, KeepsSecretsOutOfWhatTheInstallerSays) {
  const std::string canary = "SECRET-CANARY-";
  config(R"({"channels":{"slack":{"mode":"socket","botToken":")" + canary + R"(config"}}})");
  place.write("home/.openclaw/.env", "MY_PHRASE=" + canary + "dotenv\n");
  place.write("home/.npmrc", "//npm.example/:_authToken=" + canary + "npmrc\n");
  request.environment.set("MY_PROVIDER", canary + "environment");
  request.environment = openclaw::gateway_environment(request.environment.variables, "");
  behave("echo bad " + canary + "config " + canary + "dotenv " + canary + "npmrc " + canary +
         "environment; echo GET https://ci:" + canary + "url@npm.example/x >&2; exit 1");
  const auto outcome = run();
  const auto reason = row(outcome, "slack").reason;
  EXPECT_THAT(reason, testing::AllOf(HasSubstr("bad *** *** *** ***"), HasSubstr("https://***@npm.example")));
  EXPECT_THAT(reason, Not(HasSubstr(canary)));
}

}  // namespace
