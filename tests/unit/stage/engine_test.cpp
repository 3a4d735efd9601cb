// SPDX-License-Identifier: MIT
// The whole engine, with a small package and a package client without a network.
#include "stage/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "openclaw/era.hpp"
#include "stage/closure_store.hpp"
#include "stage/support/long_wait.hpp"
#include "stage/support/staging.hpp"

namespace {

using stage::Outcome;
using stage::PluginStatus;
using stage_tests::FakeClient;
using stage_tests::FakeOpenClaw;
using stage_tests::Staging;
using test_support::TemporaryDirectory;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(Staging, PutsTheClosureWhere2026426Looks) {
  FakeOpenClaw(place, "2026.4.26")
      .plugin("slack", {{"@slack/bolt", "^4.7.0"}})
      .plugin("webhooks", {{"zod", "4.0.0"}});
  const auto outcome = run();
  ASSERT_FALSE(outcome.failure) << outcome.failure->message;
  EXPECT_EQ(status(outcome, "slack"), PluginStatus::staged);
  EXPECT_TRUE(exists(external_root("2026.4.26") + "/node_modules/@slack/bolt/package.json"));
  EXPECT_THAT(content(external_root("2026.4.26") + "/.openclaw-runtime-deps.json"),
              HasSubstr("@slack/bolt@^4.7.0"));
  EXPECT_EQ(client.requests.size(), 1U) << "one install for the union";
}

TEST_F(Staging, SaysOfAReleaseThatIsNewerThanAnyItKnowsHowItIsHandled) {
  FakeOpenClaw(place, "2027.1.3");
  request.use_record = true;
  const auto outcome = run();
  EXPECT_EQ(outcome.era, openclaw::eras().back().name);
  ASSERT_EQ(outcome.findings.size(), 1U);
  EXPECT_THAT(outcome.findings[0].message, HasSubstr("2027.1.3 is newer than the releases"));
  EXPECT_TRUE(run().unchanged) << "said once, not at each start";
}

TEST_F(Staging, LeavesNoDroppingsOfTheClient) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  run();
  EXPECT_FALSE(exists(external_root("2026.4.26") + "/node_modules/.package-lock.json"));
}

TEST_F(Staging, WritesTheManifestThat2026429Compares) {
  FakeOpenClaw(place, "2026.4.29").plugin("webhooks", {{"zod", "4.0.0"}});
  run();
  const auto manifest = nlohmann::json::parse(content(external_root("2026.4.29") + "/package.json"));
  EXPECT_EQ(manifest["name"], "openclaw-runtime-deps-install");
  EXPECT_EQ(manifest["dependencies"], (nlohmann::json{{"zod", "4.0.0"}}));
}

TEST_F(Staging, BuildsAViewFor2026420ThatLeavesThePackageUntouched) {
  FakeOpenClaw(place, "2026.4.20").plugin("slack", {{"@slack/bolt", "^4.7.0"}});
  const auto outcome = run();
  ASSERT_TRUE(outcome.complete());
  const std::string view = place.path("state/plugin-view/dist/");
  EXPECT_EQ(content(view + "extensions/slack/index.js"), "// slack\n");
  EXPECT_TRUE(exists(view + "extensions/node_modules/@slack/bolt/package.json"));
  char target[PATH_MAX];
  const auto length = ::readlink((view + "chunk-abc.js").c_str(), target, sizeof target);
  ASSERT_GT(length, 0);
  EXPECT_EQ(std::string(target, static_cast<std::size_t>(length)),
            real_package_root() + "/dist/chunk-abc.js");
  EXPECT_FALSE(exists(place.path("package/dist/extensions/node_modules")));
}

TEST_F(Staging, RemovesTheViewWhenAnotherVersionIsInstalled) {
  FakeOpenClaw(place, "2026.4.20").plugin("slack", {{"@slack/bolt", "^4.7.0"}});
  run();
  FakeOpenClaw(place, "2026.4.26").plugin("slack", {{"@slack/bolt", "^4.7.0"}});
  run();
  EXPECT_FALSE(exists(place.path("state/plugin-view"))) << "4.26 would load the plugins of 4.20";
}

TEST_F(Staging, ASecondRunWithTheRecordHasNothingToDo) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  request.use_record = true;
  EXPECT_FALSE(run().unchanged);
  EXPECT_TRUE(run().unchanged);
  EXPECT_EQ(client.requests.size(), 1U);
}

TEST_F(Staging, TheRecordEndsWhenAStagedPackageIsRemoved) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}, {"@scope/inner", "1.0.0"}});
  request.use_record = true;
  run();
  const std::string victim = external_root("2026.4.26") + "/node_modules/@scope/inner";
  ASSERT_EQ(::rename(victim.c_str(), place.path("gone").c_str()), 0);
  const auto outcome = run();
  EXPECT_FALSE(outcome.unchanged);
  EXPECT_EQ(status(outcome, "webhooks"), PluginStatus::staged);
  EXPECT_TRUE(exists(victim));
}

TEST_F(Staging, TheRecordEndsWhenAConfigIsEditedThatWasWrittenDuringTheRun) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  place.write("state/.openclaw/clawdbot.json", "{}");
  request.environment =
      openclaw::as_given({{"STATE_DIRECTORY", place.path("state")}, {"HOME", place.path("state")}});
  client.also = [&](const npm::InstallRequest&) { place.write("state/.openclaw/openclaw.json", "{}"); };
  request.use_record = true;
  ASSERT_TRUE(run().complete());
  ASSERT_TRUE(run().unchanged);
  place.write("state/.openclaw/openclaw.json", R"({"plugins":{}})");
  EXPECT_FALSE(run().unchanged);
}

TEST_F(Staging, MaterialisesAgainWithoutAClientWhenOpenClawHasDeletedTheStage) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  run();
  ASSERT_EQ(::rename(place.path("state/plugin-runtime-deps").c_str(), place.path("deleted").c_str()), 0);
  client.failure.message = "the registry is away";
  const auto outcome = run();
  EXPECT_TRUE(outcome.complete());
  EXPECT_TRUE(exists(external_root("2026.4.26") + "/node_modules/zod/index.js"));
}

TEST_F(Staging, CheckChangesNothingAndSaysWhatIsMissing) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  request.check = true;
  const auto outcome = run();
  EXPECT_EQ(status(outcome, "webhooks"), PluginStatus::missing);
  EXPECT_TRUE(client.requests.empty());
  EXPECT_FALSE(exists(place.path("state/staged-deps")));
}

TEST_F(Staging, IsolatesThePluginThatThePackageClientRejects) {
  FakeOpenClaw(place, "2026.4.26")
      .plugin("whatsapp", {{"baileys", "7.0.0-rc.9"}})
      .plugin("slack", {{"@slack/bolt", "^4.7.0"}});
  client.lost = {"baileys"};
  const auto outcome = run();
  EXPECT_EQ(status(outcome, "whatsapp"), PluginStatus::failed);
  EXPECT_EQ(status(outcome, "slack"), PluginStatus::staged);
  EXPECT_FALSE(outcome.complete());
}

TEST_F(Staging, FindsThePluginWhoseTransitivePackageIsLost) {
  FakeOpenClaw(place, "2026.4.26")
      .plugin("a", {{"pa", "1.0.0"}})
      .plugin("b", {{"pb", "1.0.0"}})
      .plugin("c", {{"pc", "1.0.0"}})
      .plugin("d", {{"pd", "1.0.0"}});
  client.lost_parent = "pc";
  const auto outcome = run();
  EXPECT_EQ(status(outcome, "c"), PluginStatus::failed);
  for (const char* id : {"a", "b", "d"}) EXPECT_EQ(status(outcome, id), PluginStatus::staged) << id;
  const auto installs = std::count_if(client.requests.begin(), client.requests.end(),
                                      [](const auto& made) { return !made.resolve_only; });
  EXPECT_EQ(installs, 2) << "one that fails and one without the culprit; the search itself installs nothing";
}

TEST_F(Staging, LeavesNothingOutThatOnlyTheFastClientCannotGet) {
  FakeOpenClaw(place, "2026.4.26").plugin("a", {{"pa", "1.0.0"}}).plugin("b", {{"pb", "1.0.0"}});
  FakeClient bun("bun");
  bun.lost = {"pa"};
  bench.installed = {&bun, &client};
  const auto outcome = run();
  EXPECT_TRUE(outcome.complete());
  EXPECT_EQ(status(outcome, "a"), PluginStatus::staged);
}

TEST_F(Staging, KeepsTheFastClientForTheRestWhenNpmCannotGetThePluginEither) {
  FakeOpenClaw(place, "2026.4.26").plugin("a", {{"pa", "1.0.0"}}).plugin("b", {{"pb", "1.0.0"}});
  FakeClient bun("bun");
  bun.lost = client.lost = {"pa"};
  bench.installed = {&bun, &client};
  const auto outcome = run();
  EXPECT_EQ(status(outcome, "a"), PluginStatus::failed);
  EXPECT_EQ(status(outcome, "b"), PluginStatus::staged);
  for (const auto& made : client.requests) EXPECT_TRUE(made.resolve_only);
}

TEST_F(Staging, BlamesNoPluginWhenTheRegistryIsAway) {
  FakeOpenClaw(place, "2026.4.26").plugin("a", {{"pa", "1.0.0"}}).plugin("b", {{"pb", "1.0.0"}});
  client.failure.message = "npm error code ECONNREFUSED";
  const auto outcome = run();
  ASSERT_TRUE(outcome.failure);
  EXPECT_THAT(outcome.failure->message, HasSubstr("ECONNREFUSED"));
  EXPECT_EQ(client.requests.size(), 1U) << "there is no use in trying each plugin";
}

TEST_F(Staging, TheHookDoesNotWaitAgainForADeadRegistry) {
  FakeOpenClaw(place, "2026.4.26").plugin("a", {{"pa", "1.0.0"}}).plugin("b", {{"pb", "1.0.0"}});
  client.failure.message = "npm error code ECONNREFUSED";
  client.takes = std::chrono::milliseconds(20);
  request.use_record = request.heed_failures = true;
  run();
  stage_tests::remember_as_if_it_took(place, "state", 54'000);
  auto outcome = run();
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(outcome.failure->kind, base::ErrorKind::unavailable) << "the exit status is that of the failure";
  EXPECT_THAT(outcome.failure->message, HasSubstr("ECONNREFUSED (tried "));
  EXPECT_THAT(outcome.failure->message,
              HasSubstr("ago; tried again after 8 min 59 s; `openclaw-install-deps`"));
  EXPECT_EQ(status(outcome, "a"), PluginStatus::failed);
  EXPECT_EQ(client.requests.size(), 1U);
  request.use_record = request.heed_failures = false;
  client.failure.message.clear();
  outcome = run();
  EXPECT_TRUE(outcome.complete()) << "by hand it is tried at once";
  EXPECT_FALSE(exists(place.path("state/staged-deps/failed-fetches.json")));
}

TEST_F(Staging, TheHookLeavesOutThePluginThatWasRejectedAndStagesTheRestWithoutAClient) {
  FakeOpenClaw(place, "2026.4.29")
      .plugin("whatsapp", {{"baileys", "7.0.0-rc.9"}})
      .plugin("slack", {{"@slack/bolt", "^4.7.0"}});
  client.lost = {"baileys"};
  client.takes = std::chrono::milliseconds(20);
  request.use_record = request.heed_failures = true;
  run();
  stage_tests::remember_as_if_it_took(place, "state", 54'000);
  const auto asked = client.requests.size();
  for (const auto slack : {PluginStatus::present, PluginStatus::staged}) {
    const auto outcome = run();
    ASSERT_FALSE(outcome.failure) << outcome.failure->message;
    EXPECT_EQ(status(outcome, "whatsapp"), PluginStatus::failed);
    EXPECT_THAT(outcome.plugins,
                testing::Contains(testing::Field(&stage::PluginRow::reason, HasSubstr("baileys (tried "))));
    EXPECT_EQ(status(outcome, "slack"), slack);
    EXPECT_TRUE(exists(external_root("2026.4.29") + "/node_modules/@slack/bolt/package.json"));
    place.mkdir("deleted");
    ::rename(place.path("state/plugin-runtime-deps").c_str(), place.path("deleted").c_str());
  }
  EXPECT_EQ(client.requests.size(), asked) << "neither looked for again nor installed again";
}

TEST_F(Staging, TheManifestListsNothingOfTheCoresThatThePackageClientRejected) {
  FakeOpenClaw(place, "2026.4.26",
               {{"dependencies", {{"lost-core", "1.0.0"}}},
                {"openclaw", {{"bundle", {{"mirroredRootRuntimeDependencies", {"lost-core"}}}}}}})
      .plugin("slack", {{"@slack/bolt", "^4.7.0"}});
  client.lost = {"lost-core"};
  const auto outcome = run();
  ASSERT_FALSE(outcome.failure) << outcome.failure->message;
  EXPECT_EQ(status(outcome, "slack"), PluginStatus::staged);
  const std::string manifest = content(external_root("2026.4.26") + "/.openclaw-runtime-deps.json");
  EXPECT_THAT(manifest, HasSubstr("@slack/bolt"));
  EXPECT_THAT(manifest, testing::Not(HasSubstr("lost-core"))) << "it is not in node_modules";
}

TEST_F(Staging, WhatTheHookLeavesOutStaysOutWhereThePackageClientRejectsMore) {
  FakeOpenClaw(place, "2026.4.26")
      .plugin("whatsapp", {{"baileys", "7.0.0-rc.9"}})
      .plugin("slack", {{"@slack/bolt", "^4.7.0"}})
      .plugin("webhooks", {{"zod", "4.0.0"}});
  client.lost = {"baileys"};
  client.takes = std::chrono::milliseconds(20);
  request.use_record = request.heed_failures = true;
  run();
  stage_tests::remember_as_if_it_took(place, "state", 54'000);
  place.mkdir("deleted");
  ::rename(place.path("state/plugin-runtime-deps").c_str(), place.path("deleted/root").c_str());
  for (const auto& name : place.names("state/staged-deps")) {
    if (name == "failed-fetches.json") continue;
    ::rename(place.path("state/staged-deps/" + name).c_str(), place.path("deleted/" + name).c_str());
  }
  client.lost.insert("@slack/bolt");
  const auto outcome = run();
  EXPECT_EQ(status(outcome, "whatsapp"), PluginStatus::failed);
  EXPECT_EQ(status(outcome, "slack"), PluginStatus::failed);
  EXPECT_EQ(status(outcome, "webhooks"), PluginStatus::staged);
  EXPECT_THAT(outcome.plugins,
              testing::Contains(testing::Field(&stage::PluginRow::reason, HasSubstr("baileys (tried "))));
  EXPECT_THAT(content(external_root("2026.4.26") + "/.openclaw-runtime-deps.json"),
              testing::Not(HasSubstr("baileys")));
}

TEST_F(Staging, TheHookDoesNotRememberAFullDisk) {
  FakeOpenClaw(place, "2026.4.26").plugin("a", {{"pa", "1.0.0"}});
  client.failure.message = "npm error code ENOSPC";
  client.takes = std::chrono::milliseconds(20);
  request.use_record = request.heed_failures = true;
  run();
  EXPECT_FALSE(exists(place.path("state/staged-deps/failed-fetches.json")));
}

TEST_F(Staging, FallsBackToTheNextClientWhenATreeDoesNotVerify) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}, {"ws", "8.0.0"}});
  FakeClient careless("bun");
  careless.forgotten = {"ws"};
  bench.installed = {&careless, &client};
  const auto outcome = run();
  EXPECT_TRUE(outcome.complete());
  EXPECT_EQ(outcome.client, "npm 1.0.0");
}

TEST_F(Staging, RefusesHalfATreeThatWasReportedAsSuccess) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  client.also = [](const npm::InstallRequest& made) {
    stage_tests::put(made.directory, "node_modules/zod/package.json",
                     R"({"name":"zod","version":"4.0.0","dependencies":{"never-arrived":"1"}})");
  };
  const auto outcome = run();
  ASSERT_TRUE(outcome.failure);
  EXPECT_THAT(outcome.failure->message, HasSubstr("never-arrived"));
  EXPECT_FALSE(exists(external_root("2026.4.26") + "/node_modules"));
}

TEST_F(Staging, KeepsWhatWasStagedWhenALaterRunFails) {
  FakeOpenClaw package(place, "2026.4.26");
  package.plugin("webhooks", {{"zod", "4.0.0"}});
  run();
  package.plugin("slack", {{"@slack/bolt", "^4.7.0"}});
  client.failure.message = "npm error code ENOSPC";
  const auto outcome = run();
  EXPECT_EQ(status(outcome, "webhooks"), PluginStatus::present);
  EXPECT_EQ(status(outcome, "slack"), PluginStatus::failed);
  EXPECT_TRUE(exists(external_root("2026.4.26") + "/node_modules/zod/index.js"));
}

TEST_F(Staging, FailsWhereItsStoreCannotBeReadAlsoBesideModulesThatAreRight) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  run();
  ::rename(place.path("state/staged-deps").c_str(), place.path("aside").c_str());
  place.write("state/staged-deps", "a file");
  const auto outcome = run();
  ASSERT_TRUE(outcome.failure);
  EXPECT_THAT(outcome.failure->message, HasSubstr("staged-deps"));
}

TEST_F(Staging, ReplacesAStaleLinkInTheRootByARealFolderAndKeepsTheRest) {
  FakeOpenClaw(place, "2026.4.29").plugin("webhooks", {{"zod", "4.0.0"}});
  run();
  const std::string root = external_root("2026.4.29");
  place.write("old-image/dist/agents/a.js", "old");
  ASSERT_EQ(::mkdir((root + "/dist").c_str(), 0755), 0);
  ASSERT_EQ(::symlink(place.path("old-image/dist/agents").c_str(), (root + "/dist/agents").c_str()), 0);
  const auto outcome = run();
  struct stat now {};
  ASSERT_EQ(::lstat((root + "/dist/agents").c_str(), &now), 0);
  EXPECT_TRUE(S_ISDIR(now.st_mode));
  EXPECT_EQ(content(place.path("old-image/dist/agents/a.js")), "old");
  EXPECT_EQ(status(outcome, "webhooks"), PluginStatus::repaired);
}

TEST_F(Staging, KeepsTheLinksThat2026426MirrorsItsOwnPackageWith) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  run();
  const std::string link = external_root("2026.4.26") + "/dist/chunk-abc.js";
  ASSERT_EQ(::mkdir((external_root("2026.4.26") + "/dist").c_str(), 0755), 0);
  ASSERT_EQ(::symlink((real_package_root() + "/dist/chunk-abc.js").c_str(), link.c_str()), 0);
  run();
  struct stat now {};
  ASSERT_EQ(::lstat(link.c_str(), &now), 0);
  EXPECT_TRUE(S_ISLNK(now.st_mode));
}

TEST_F(Staging, RemovesALockWhoseOwnerIsGone) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  run();
  const std::string lock = external_root("2026.4.26") + "/.openclaw-runtime-deps.lock";
  ASSERT_EQ(::mkdir(lock.c_str(), 0755), 0);
  std::ofstream(lock + "/owner.json") << R"({"pid":1,"createdAtMs":1700000000000})";
  const auto outcome = run();
  EXPECT_FALSE(exists(lock));
  EXPECT_THAT(outcome.findings,
              testing::Contains(testing::Field(&stage::Finding::kind, stage::Finding::Kind::lock_reclaimed)));
}

TEST_F(Staging, WorksForThePackageThatOpenclawOnPathLeadsTo) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  place.write("package/openclaw.mjs", "", 0755);
  place.symlink("../package/openclaw.mjs", "bin/openclaw");
  request.package_root.clear();
  request.environment.set("PATH", place.path("bin"));
  const auto outcome = run();
  ASSERT_FALSE(outcome.failure) << outcome.failure->message;
  EXPECT_EQ(status(outcome, "webhooks"), PluginStatus::staged);
}

TEST_F(Staging, SaysThatThereIsNoConfigOnlyWhereOneWouldBeAsked) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  const auto note =
      testing::Contains(testing::Field(&stage::Finding::message, HasSubstr("there is no config here")));
  request.environment.set("OPENCLAW_CONFIG_PATH", place.path("absent.json"));
  EXPECT_THAT(run().findings, note);
  request.selection.all = true;
  EXPECT_THAT(run().findings, testing::Not(note)) << "all were asked for";
  request.selection = {};
  request.selection.only = {"webhooks"};
  EXPECT_THAT(run().findings, testing::Not(note));
  request.selection = {};
  request.environment.set("OPENCLAW_CONFIG_PATH", place.write("named.json", "{}"));  // as requested: --config
  EXPECT_THAT(run().findings, testing::Not(note));
}

TEST_F(Staging, WarnsOfAStageDirectoryThatTheDoctorDeletes) {
  FakeOpenClaw(place, "2026.5.12");
  request.environment.set("OPENCLAW_PLUGIN_STAGE_DIR", place.path("state"));
  const auto outcome = run();
  EXPECT_THAT(outcome.findings,
              testing::Contains(testing::AllOf(
                  testing::Field(&stage::Finding::kind, stage::Finding::Kind::stage_directory),
                  testing::Field(&stage::Finding::message, HasSubstr("remove the variable")))));
}

TEST_F(Staging, SaysOfPluginPackagesThatAVariableCanAskForThem) {
  FakeOpenClaw(place, "2026.5.12");
  request.environment.set("OPENCLAW_CONFIG_PATH", place.path("absent.json"));
  request.check = true;
  request.selection.all = true;  // adds nothing there
  EXPECT_THAT(run().findings,
              testing::Contains(testing::Field(
                  &stage::Finding::message, HasSubstr("only plugins that a variable requires are needed"))));
}

TEST_F(Staging, TakesAPluginThatIsNotThereForAMistakeOfTheCommandLine) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  request.selection.only = {"webhoks"};
  const auto outcome = run();
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(outcome.failure->kind, base::ErrorKind::usage);
  EXPECT_THAT(outcome.failure->message, testing::StartsWith("--plugin: "));
}

TEST_F(Staging, NamesTheFileOfAMalformedPackage) {
  place.write("package/package.json", "{ this is not JSON");
  const auto outcome = run();
  ASSERT_TRUE(outcome.failure);
  EXPECT_THAT(outcome.failure->message, HasSubstr("package.json"));
}

TEST_F(Staging, NamesLineAndColumnOfAMalformedConfig) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  place.write("openclaw.json", "{\n  gateway: {,}\n}");
  const auto outcome = run();
  ASSERT_TRUE(outcome.failure);
  EXPECT_THAT(outcome.failure->message, HasSubstr("openclaw.json"));
  EXPECT_THAT(outcome.failure->message, HasSubstr("2"));
}

TEST_F(Staging, TwoVersionsShareEqualFilesAndNeitherCanWriteIntoTheOther) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  const auto first = run();
  FakeOpenClaw(place, "2026.4.29").plugin("webhooks", {{"zod", "4.0.0"}, {"ws", "8.0.0"}});
  const auto second = run();
  ASSERT_NE(first.closure, second.closure);
  struct stat one {
  }, two{};
  const std::string store = place.path("state/staged-deps/");
  ASSERT_EQ(::stat((store + first.closure + "/node_modules/zod/index.js").c_str(), &one), 0);
  ASSERT_EQ(::stat((store + second.closure + "/node_modules/zod/index.js").c_str(), &two), 0);
  EXPECT_EQ(one.st_ino, two.st_ino);
  EXPECT_EQ(::access((external_root("2026.4.29") + "/node_modules/zod/index.js").c_str(), W_OK), -1);
}

TEST_F(Staging, FetchesAnewWhatIsNeededInAnotherVersion) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  run();
  FakeOpenClaw(place, "2026.4.29").plugin("webhooks", {{"zod", "4.1.0"}});
  EXPECT_TRUE(run().complete());
  EXPECT_EQ(client.requests.size(), 2U);
  EXPECT_THAT(content(external_root("2026.4.29") + "/node_modules/zod/index.js"), HasSubstr("zod@4.1.0"));
}

// A volume that was moved to another machine: what has no native parts is equal there, and is kept as it is.
TEST_F(Staging, FetchesAnewOnAnotherPlatformAndOnlyOnce) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  const std::string description = "state/staged-deps/" + run().closure + "/closure.json";
  std::string text = place.read(description);
  text.replace(text.find("linux-"), 6, "other-");
  place.write(description, text);
  for (int again = 0; again < 2; ++again) {
    ASSERT_EQ(::rename(place.path("state/plugin-runtime-deps").c_str(),
                       place.path("deleted" + std::to_string(again)).c_str()),
              0);
    EXPECT_TRUE(run().complete());
    EXPECT_EQ(client.requests.size(), 2U);
  }
}

// 2026.4.15-4.21 end at links in dist (#70163).
TEST_F(Staging, KeepsNoLinkOfWhatAClientInstalled) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  client.also = [](const npm::InstallRequest& install) {
    ASSERT_EQ(::mkdir((install.directory + "/node_modules/.bin").c_str(), 0755), 0);
    ASSERT_EQ(::symlink("../zod/index.js", (install.directory + "/node_modules/.bin/zod").c_str()), 0);
  };
  const auto outcome = run();
  EXPECT_TRUE(outcome.complete());
  EXPECT_FALSE(place.exists("state/staged-deps/" + outcome.closure + "/node_modules/.bin"));
  EXPECT_FALSE(exists(external_root("2026.4.26") + "/node_modules/.bin"));
}

TEST_F(Staging, RemovesNoClosureThatIsInUse) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  const std::string first = run().closure;
  FakeOpenClaw(place, "2026.4.29").plugin("webhooks", {{"zod", "4.1.0"}});
  const std::string second = run().closure;
  const auto store = stage::ClosureStore::open(place.path("state"));
  ASSERT_TRUE(store);
  EXPECT_EQ(store->prune(0, {first}), std::vector<std::string>{second});
  EXPECT_TRUE(place.exists("state/staged-deps/" + first));
}

TEST_F(Staging, LeavesACompleteNodeModulesInPlaceAndOnlyCorrectsTheManifest) {
  FakeOpenClaw(place, "2026.4.29").plugin("webhooks", {{"zod", "4.0.0"}});
  run();
  const std::string root = external_root("2026.4.29");
  struct stat before {
  }, after{};
  ASSERT_EQ(::stat((root + "/node_modules/zod").c_str(), &before), 0);
  std::ofstream(root + "/package.json") << R"({"name":"openclaw-runtime-deps-install","dependencies":{}})";
  EXPECT_TRUE(run().complete());
  ASSERT_EQ(::stat((root + "/node_modules/zod").c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(nlohmann::json::parse(content(root + "/package.json"))["dependencies"],
            (nlohmann::json{{"zod", "4.0.0"}}));
}

TEST_F(Staging, PutsTheClosureIntoTheTwinRootThat2026422Computes) {
  FakeOpenClaw(place, "2026.4.22").plugin("webhooks", {{"zod", "4.0.0"}});
  run();
  const std::string twin = place.path("state/plugin-runtime-deps/") +
                           openclaw::stage_root_name("unknown", external_root("2026.4.22"));
  EXPECT_TRUE(exists(twin + "/node_modules/zod/index.js"));
  ASSERT_EQ(::rename(twin.c_str(), place.path("lost").c_str()), 0);
  run();
  EXPECT_TRUE(exists(twin + "/node_modules/zod/index.js"));
}

TEST_F(Staging, ADamagedClosureIsFetchedAnewWhenAskedToRepair) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  const auto first = run();
  const std::string file = place.path("state/staged-deps/") + first.closure + "/node_modules/zod/index.js";
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  std::ofstream(file) << "tampered";
  request.thorough = true;
  const auto outcome = run();
  EXPECT_TRUE(outcome.complete());
  EXPECT_EQ(client.requests.size(), 2U);
  EXPECT_THAT(content(external_root("2026.4.26") + "/node_modules/zod/index.js"), HasSubstr("zod@4.0.0"));
}

}  // namespace
