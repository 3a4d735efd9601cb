// SPDX-License-Identifier: MIT
// A release is tried on a copy of the state before the gateway is stopped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "update/support/scene.hpp"

namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using update_tests::json;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

const std::string stop_call = std::string("stop ") + update_tests::gateway;
constexpr const char* boot = "openclaw-canary boot";

json plugins(const std::vector<std::string>& loaded) {
  return {{"known", true}, {"loaded", loaded}, {"errors", json::array()}};
}

class Canary : public testing::Test {
 protected:
  void expect_refused_untouched() {
    const std::string before = scene_.manager.unit(update_tests::gateway).status.invocation_id;
    EXPECT_EQ(scene_.update(), "refused");
    EXPECT_EQ(scene_.current(), old_version);
    EXPECT_EQ(scene_.running_version, old_version);
    EXPECT_EQ(scene_.manager.unit(update_tests::gateway).status.invocation_id, before);
    EXPECT_FALSE(scene_.called(stop_call));
    EXPECT_FALSE(scene_.called("openclaw-state snapshot"));
    EXPECT_FALSE(scene_.is_open());
    EXPECT_FALSE(scene_.is_quarantined()) << "it may be this machine that is short of something";
  }
  Scene scene_;
};

TEST_F(Canary, IsAskedToBootTheSealedReleaseOnTheLivePort) {
  scene_.workers.answer("openclaw-probe find", {{"running", true}, {"found", true}, {"port", 4711}});
  scene_.settings.canary.ready_timeout = std::chrono::minutes(2);
  ASSERT_EQ(scene_.update(), "updated") << scene_.context.reason;
  const json request = scene_.workers.requests[boot];
  EXPECT_EQ(request["port"], 4711);
  EXPECT_EQ(request["deadline_s"], 120);
  EXPECT_EQ(request["expected_version"], new_version);
  EXPECT_THAT(request["package"].get<std::string>(), HasSubstr(scene_.context.to.release));
  EXPECT_THAT(scene_.context.to.canary, HasSubstr("ready after 9 s"));
}

constexpr const char* begins_to_ask = "begin openclaw-probe baseline";

TEST_F(Canary, BootsWhileTheGatewayIsAskedWhatWorks) {
  ASSERT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_TRUE(scene_.called(begins_to_ask));
  EXPECT_EQ(scene_.workers.requests["openclaw-probe gate"]["parallel"], true);
}

void expect_that_nothing_is_asked_beside_a_canary(Scene& scene) {
  ASSERT_EQ(scene.update(), "updated") << scene.context.reason;
  EXPECT_FALSE(scene.called(begins_to_ask));
  EXPECT_TRUE(scene.called("openclaw-probe baseline"));
  EXPECT_FALSE(scene.workers.requests["openclaw-probe gate"].contains("parallel"));
}

TEST_F(Canary, BootsAloneWhereThatIsConfigured) {
  scene_.settings.update.parallel = false;
  expect_that_nothing_is_asked_beside_a_canary(scene_);
}

TEST_F(Canary, BootsAloneWithoutASecondProcessor) {
  scene_.capacity.processors = 1;
  expect_that_nothing_is_asked_beside_a_canary(scene_);
}

TEST_F(Canary, BootsAloneWithoutTheMemoryForMore) {
  scene_.capacity.available_bytes = 700'000'000;
  expect_that_nothing_is_asked_beside_a_canary(scene_);
}

TEST_F(Canary, IsComparedWithAGatewayThatWasAskedWhileItBooted) {
  scene_.report["plugins"] = plugins({"slack"});
  scene_.canary = {{"plugins", plugins({})}};
  expect_refused_untouched();
  EXPECT_TRUE(scene_.called(begins_to_ask));
  EXPECT_THAT(scene_.context.reason, HasSubstr("plugin slack"));
}

TEST_F(Canary, ThatIsNotReadyRefusesTheUpdateWithItsLastWords) {
  scene_.canary = {{"ready", false}, {"detail", "starting"}, {"log", {"first", "no such chunk"}}};
  expect_refused_untouched();
  EXPECT_THAT(scene_.context.reason, AllOf(HasSubstr("not ready"), HasSubstr("no such chunk"),
                                           HasSubstr("boot=no"), HasSubstr("canary.json")));
}

TEST_F(Canary, HasALastMessageThatIsNoFrameAroundIt) {
  scene_.canary = {{"ready", false}, {"log", {"没有", "\u251c\u2500\u2500\u2500", "  "}}};
  expect_refused_untouched();
  EXPECT_THAT(scene_.context.reason, HasSubstr("its last message: 没有;"));
}

TEST_F(Canary, ThatEndsRefusesTheUpdate) {
  scene_.canary = {{"ready", false}, {"running", false}, {"detail", "it ended with exit status 78"}};
  expect_refused_untouched();
  EXPECT_THAT(scene_.context.reason, HasSubstr("exit status 78"));
}

// A 1Password command without a network (2026.9.6).
json without_secrets() {
  return {
      {"ready", false},
      {"running", false},
      {"exit_status", 1},
      {"secrets_from_commands", {"gateway.auth.token (provider op)"}},
      {"log",
       {"[secrets] [SECRETS_PROVIDER_DEGRADED] exec:op: secret provider failed.",
        "Gateway failed to start: Startup failed: required secrets are unavailable.. Run openclaw gateway "
        "status --deep for diagnostics.",
        "Original failure retained; inspect the triage verification evidence before retrying."}}};
}

TEST_F(Canary, ThatEndsBecauseASecretOfACommandIsMissingRefusesNothing) {
  scene_.canary = without_secrets();
  ASSERT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_THAT(scene_.context.notes,
              Contains(AllOf(HasSubstr("gateway.auth.token (provider op)"), HasSubstr("no network"),
                             HasSubstr("boot=no in [canary]"))));
  EXPECT_EQ(scene_.context.to.canary, "");
}

TEST_F(Canary, ThatEndsWithASecretOfThisMachineRefusesTheUpdate) {
  scene_.canary = without_secrets();
  scene_.canary["secrets_from_commands"] = json::array();
  expect_refused_untouched();
}

TEST_F(Canary, ThatEndsOfSomethingElseRefusesTheUpdateWhateverTheSecrets) {
  scene_.canary = without_secrets();
  scene_.canary["log"] = {"Error: Cannot find module './chunk.js'"};
  expect_refused_untouched();
}

TEST_F(Canary, ThatLivesOnWithoutASecretHasToBecomeReady) {
  scene_.canary = without_secrets();
  scene_.canary["running"] = true;
  expect_refused_untouched();
}

TEST_F(Canary, ThatAnswersAsAnotherVersionRefusesTheUpdate) {
  scene_.canary = {{"version", old_version}};
  expect_refused_untouched();
}

TEST_F(Canary, ThatDoesNotLoadWhatTheGatewayHasLoadedRefusesTheUpdate) {
  scene_.report["plugins"] = plugins({"slack", "memory"});
  scene_.canary = {{"plugins", plugins({"memory"})}};
  expect_refused_untouched();
  EXPECT_THAT(scene_.context.reason, HasSubstr("plugin slack"));
}

TEST_F(Canary, IsNotBlamedForChannelsThatItMustNotConnect) {
  scene_.report["channels_known"] = true;
  scene_.report["channels"] = {"telegram"};
  scene_.canary = {{"channels_known", true}, {"channels", json::array()}};
  EXPECT_EQ(scene_.update(), "updated") << scene_.context.reason;
}

TEST_F(Canary, WhoseRpcIsDeadRefusesTheUpdate) {
  scene_.canary = {{"rpc", {{"known", true}, {"ok", false}, {"detail", "close code 1011"}}}};
  expect_refused_untouched();
  EXPECT_THAT(scene_.context.reason, HasSubstr("1011"));
}

TEST_F(Canary, ThatCannotBeBootedRefusesTheUpdate) {
  scene_.workers.fail(boot, "openclaw-canary@x.boot.service ended without a result (oom-kill)");
  expect_refused_untouched();
  EXPECT_THAT(scene_.context.reason, HasSubstr("oom-kill"));
}

TEST_F(Canary, SaysWhichDatabaseItMoved) {
  scene_.canary = {{"schemas",
                    {{"before", {{"state/openclaw.sqlite", 17}, {"same.sqlite", 3}}},
                     {"after", {{"state/openclaw.sqlite", 18}, {"same.sqlite", 3}, {"new.sqlite", 1}}}}}};
  ASSERT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_THAT(scene_.context.to.canary, AllOf(HasSubstr("state/openclaw.sqlite from schema 17 to 18"),
                                              Not(HasSubstr("same")), Not(HasSubstr("new.sqlite"))));
}

TEST_F(Canary, LeavesItsAnswerInTheTransaction) {
  scene_.canary = {{"log", {"[gateway] ready"}}};
  ASSERT_EQ(scene_.update(), "updated");
  const std::string kept = scene_.root.read("state/transactions/" + scene_.context.id + "/canary.json");
  EXPECT_EQ(json::parse(kept)["log"][0], "[gateway] ready");
}

TEST_F(Canary, IsNotBootedWhereTheSettingsForbidIt) {
  scene_.settings.canary.boot = false;
  scene_.canary = {{"ready", false}};
  EXPECT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_FALSE(scene_.called(boot));
  EXPECT_EQ(scene_.context.to.canary, "");
}

TEST_F(Canary, IsNotBootedForAReleaseThatIsReturnedTo) {
  ASSERT_EQ(scene_.update(), "updated");
  scene_.manager.calls.clear();
  EXPECT_EQ(scene_.return_to(old_version), "updated") << scene_.context.reason;
  EXPECT_FALSE(scene_.called(boot));
}

TEST_F(Canary, WithoutAConfigHasNothingToShow) {
  scene_.workers.answer(boot, {{"config_absent", true}});
  EXPECT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_THAT(scene_.context.notes, IsEmpty());
}

TEST_F(Canary, ThatNeedsItsDoctorHasTheStateMigratedBeforeTheStart) {
  scene_.needs_migration = true;
  scene_.gateway_state = "old";
  scene_.workers.before = [this](const std::string& name) {
    if (name != "openclaw-migrate migrate") return;
    EXPECT_FALSE(scene_.is_running());
    EXPECT_EQ(scene_.current(), new_version);
    EXPECT_EQ(scene_.observer.states.back(), "migrate") << "on record before it runs";
    EXPECT_TRUE(scene_.observer.last.snapshot.state_replaced);
    EXPECT_TRUE(scene_.called("openclaw-state settle"));
  };
  ASSERT_EQ(scene_.update(), "updated") << scene_.context.reason;
  const json request = scene_.workers.requests["openclaw-migrate migrate"];
  EXPECT_THAT(request["package"].get<std::string>(), HasSubstr(scene_.context.to.release));
  EXPECT_EQ(request["state_directory"], "/var/lib/openclaw");
  EXPECT_THAT(request["node"].get<std::string>(), HasSubstr("node"));
  EXPECT_THAT(scene_.context.to.canary, HasSubstr("openclaw doctor --fix"));
  EXPECT_TRUE(scene_.root.exists("state/transactions/" + scene_.context.id + "/migration.json"));
}

TEST_F(Canary, ThatIsReadyByItselfHasNothingMigrated) {
  scene_.canary = {{"migrated", false}};
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_FALSE(scene_.called("openclaw-migrate migrate"));
  EXPECT_THAT(scene_.recorded(), Not(Contains("migrate")));
}

TEST_F(Canary, ThatItsDoctorDoesNotHelpRefusesTheUpdate) {
  scene_.canary = {{"ready", false},
                   {"running", false},
                   {"migrated", false},
                   {"migration", {{"outcome", "failed"}, {"detail", "ended with status 1"}}},
                   {"log", {"schema 18 is newer"}}};
  expect_refused_untouched();
  EXPECT_THAT(scene_.context.reason,
              AllOf(HasSubstr("schema 18 is newer"), HasSubstr("did not help"), HasSubstr("status 1")));
}

TEST_F(Canary, ThatMovesTheSessionsHasTheirTranscriptsKept) {
  scene_.canary = {{"moved", {"cron/jobs.json", "agents/main/sessions/sessions.json"}}};
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_TRUE(scene_.workers.requests["openclaw-state snapshot"]["transcripts"].get<bool>());
  EXPECT_TRUE(scene_.workers.requests["openclaw-state settle"]["transcripts"].get<bool>());
}

TEST_F(Canary, ThatLeavesTheSessionsAloneHasNoTranscriptsCopied) {
  scene_.canary = {{"moved", {"cron/jobs.json"}}};
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_FALSE(scene_.workers.requests["openclaw-state snapshot"]["transcripts"].get<bool>());
  EXPECT_FALSE(scene_.workers.requests["openclaw-state settle"]["transcripts"].get<bool>());
}

TEST_F(Canary, ThatIsNotBootedTellsNothingAboutTheSessionsSoThatTheyAreKept) {
  scene_.settings.canary.boot = false;
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_TRUE(scene_.workers.requests["openclaw-state snapshot"]["transcripts"].get<bool>());
  EXPECT_FALSE(scene_.called("openclaw-migrate migrate"));
}

TEST_F(Canary, ThatNeedsItsDoctorHasASnapshotTakenWhateverTheSettingsSay) {
  scene_.needs_migration = true;
  scene_.settings.update.snapshot_state = false;
  ASSERT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_TRUE(scene_.called("openclaw-state snapshot"));
}

TEST_F(Canary, IsCleanedUpAfterAKill) {
  ASSERT_TRUE(scene_.update_until_killed_in("canary"));
  scene_.workers.cleaned.clear();
  EXPECT_EQ(scene_.recover(), "refused");
  EXPECT_THAT(scene_.workers.cleaned, Contains(boot));
}

}  // namespace
