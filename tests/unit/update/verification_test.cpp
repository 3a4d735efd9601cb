// SPDX-License-Identifier: MIT
#include "update/verification.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace {

using contract::GatewayReport;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using update::Cause;

std::vector<std::string> texts(const std::vector<update::Complaint>& found) {
  std::vector<std::string> all;
  for (const auto& complaint : found) all.push_back(complaint.text);
  return all;
}
std::vector<std::string> complained(const GatewayReport& before, const GatewayReport& after,
                                    const std::string& version) {
  return texts(update::complaints(before, after, version));
}
std::vector<std::string> first_complained(const GatewayReport& after, const std::string& version) {
  return texts(update::complaints_of_first_start(after, version));
}

GatewayReport working(const std::string& version = "2026.9.6") {
  GatewayReport report;
  report.ready = true;
  report.version = version;
  report.environment_keys = {"HOME", "SLACK_BOT_TOKEN"};
  report.plugins = {true, {"browser", "slack"}, {}, {"browser"}, {"slack"}};
  report.channels_known = true;
  report.channels = {"slack"};
  report.config = report.rpc = report.cron = report.models = {true, true, ""};
  return report;
}

TEST(Verification, AGatewayThatDoesWhatItDidIsFine) {
  EXPECT_THAT(complained(working("2026.9.5"), working(), "2026.9.6"), IsEmpty());
}

TEST(Verification, WhatKeepsItFromBeingReadyIsNamed) {
  auto after = working();
  after.ready = false;
  after.failing = {"telegram", "agent-database:main"};
  EXPECT_THAT(complained(working(), after, ""),
              ElementsAre("the gateway is not ready; failing: telegram, agent-database:main"));
  after.failing.clear();
  after.detail = "not reachable yet (nothing answers)";
  EXPECT_THAT(complained(working(), after, ""),
              ElementsAre("the gateway is not ready: not reachable yet (nothing answers)"));
}

// A database of an agent that cannot be opened: no release was ever ready here.
TEST(Verification, WhatKeptItFromBeingReadyBeforeIsNotHeldAgainstTheRelease) {
  auto before = working(), after = working();
  before.ready = after.ready = false;
  before.failing = {"agent-database:x", "slack", "startup-sidecars"};
  after.failing = {"agent-database:x", "slack"};
  EXPECT_THAT(complained(before, after, ""), IsEmpty());
  EXPECT_THAT(texts(update::complaints_of_canary(&before, after, "")), IsEmpty());
  after.failing = {"agent-database:y"};
  EXPECT_THAT(complained(before, after, ""), ElementsAre(HasSubstr("failing: agent-database:y")));
  after.failing = {"startup-sidecars"};
  EXPECT_THAT(complained(before, after, ""), ElementsAre(HasSubstr("failing: startup-sidecars")))
      << "the gateway was just starting when it was asked";
  after.failing.clear();
  after.detail = "nothing answers";
  EXPECT_THAT(complained(before, after, ""), ElementsAre(HasSubstr("nothing answers")));
}

TEST(Verification, AProcessThatEndedIsSaidToHaveEndedAndNothingElseIsHeldAgainstIt) {
  GatewayReport after;
  after.running = false;
  EXPECT_THAT(complained(working(), after, "2026.9.6"), ElementsAre(HasSubstr("process ended")));
}

TEST(Verification, TheOldVersionThatAnswersStillIsNoticed) {
  EXPECT_THAT(complained(working("2026.9.5"), working("2026.9.5"), "2026.9.6"),
              ElementsAre("the gateway that answers is 2026.9.5, but 2026.9.6 was started"));
}

TEST(Verification, AnUnknownVersionIsNoComplaint) {
  EXPECT_THAT(complained(working(""), working(""), "2026.5.12"), IsEmpty());
}

TEST(Verification, ALostEnvironmentKeyIsNamed) {
  auto after = working();
  after.environment_keys = {"HOME", "NEW"};
  EXPECT_THAT(complained(working(), after, ""),
              ElementsAre(HasSubstr("environment variable SLACK_BOT_TOKEN is lost")));
}

// An EIO at a .env of a home in a network, in the moment of the gate.
TEST(Verification, AKeyIsNotLostWhereTheDiskDoesNotShowAFileOfVariables) {
  auto after = working();
  after.environment_keys = {"HOME"};
  after.environment_unknown = "cannot read /home/claw/.env: Input/output error";
  EXPECT_THAT(complained(working(), after, ""), IsEmpty());
}

TEST(Verification, WhatSystemdAddsByItselfMayGo) {
  auto before = working();
  for (const char* const name :
       {"MEMORY_PRESSURE_WATCH", "TRIGGER_UNIT", "TRIGGER_TIMER_REALTIME_USEC", "MONITOR_UNIT", "DISPLAY"}) {
    before.environment_keys.emplace_back(name);
  }
  EXPECT_THAT(complained(before, working(), ""), IsEmpty());
}

TEST(Verification, APluginThatFailsNowIsNamedWithItsError) {
  auto after = working();
  after.plugins.loaded = {"browser"};
  after.plugins.errors = {{"slack", "Cannot find module '@slack/web-api'"}};
  EXPECT_THAT(
      complained(working(), after, ""),
      ElementsAre(
          "plugin slack was loaded before the update and fails now: Cannot find module '@slack/web-api'"));
}

TEST(Verification, APluginThatTheConfigAsksForAndThatIsGoneIsNoticed) {
  auto after = working();
  after.plugins.loaded = {"browser"};
  EXPECT_THAT(complained(working(), after, ""),
              ElementsAre("plugin slack was loaded before the update and is not loaded now"));
}

TEST(Verification, AnInstalledPluginThatIsGoneIsNoticedThoughNoConfigNamesIt) {
  auto before = working();
  before.plugins.configured.clear();
  auto after = before;
  after.plugins.loaded = {"browser"};
  EXPECT_THAT(complained(before, after, ""), ElementsAre(HasSubstr("plugin slack")));
}

TEST(Verification, ABundledPluginThatNoConfigEnablesMayBeRetired) {
  auto before = working("2026.5.12");
  before.plugins.loaded.emplace_back("phone-control");
  before.plugins.bundled.emplace_back("phone-control");
  EXPECT_THAT(complained(before, working(), "2026.9.6"), IsEmpty());
  before.plugins.configured.emplace_back("phone-control");
  EXPECT_THAT(complained(before, working(), "2026.9.6"), ElementsAre(HasSubstr("plugin phone-control")));
}

TEST(Verification, ABundledPluginThatFailsIsNoticedThoughNoConfigEnablesIt) {
  auto after = working();
  after.plugins.loaded = {"slack"};
  after.plugins.errors = {{"browser", "boom"}};
  EXPECT_THAT(complained(working(), after, ""), ElementsAre(HasSubstr("plugin browser")));
}

TEST(Verification, PluginsThatFailedBeforeMayFailNow) {
  auto before = working();
  before.plugins.loaded = {"browser"};
  before.plugins.errors = {{"slack", "boom"}};
  EXPECT_THAT(complained(before, before, ""), IsEmpty());
}

TEST(Verification, WithoutAReportOfPluginsNoneIsMissed) {
  auto after = working();
  after.plugins = {};
  EXPECT_THAT(complained(working(), after, ""), IsEmpty());
}

TEST(Verification, AChannelThatIsGoneIsNamed) {
  auto after = working();
  after.channels.clear();
  EXPECT_THAT(complained(working(), after, ""),
              ElementsAre("channel slack existed before the update and does not exist now"));
  after.channels_known = false;
  EXPECT_THAT(complained(working(), after, ""), IsEmpty());
}

struct Member {
  const char* words;
  contract::Reply GatewayReport::*finding;
};
class VerificationOf : public testing::TestWithParam<Member> {};

TEST_P(VerificationOf, CountsOnlyWhatWorkedBeforeAndFailsNow) {
  const auto with = [&](contract::Reply finding) {
    auto report = working();
    report.*GetParam().finding = std::move(finding);
    return report;
  };
  const auto failing = with({true, false, "code 1011"});
  const auto unknown = with({false, false, "no answer within 60 s"});
  EXPECT_THAT(complained(working(), failing, ""),
              ElementsAre(testing::AllOf(HasSubstr(GetParam().words), HasSubstr("code 1011"))));
  EXPECT_THAT(complained(working(), unknown, ""), IsEmpty());
  EXPECT_THAT(complained(failing, failing, ""), IsEmpty());
  EXPECT_THAT(complained(unknown, failing, ""), IsEmpty());
}

// Other failures may be consequences of what the unit has lost.
TEST(Verification, BlamesTheReleaseOnlyWhereNothingElseIsToBlame) {
  auto after = working();
  after.plugins.errors = {{"slack", "no token"}};
  EXPECT_EQ(update::cause_of(update::complaints(working(), after, "")), Cause::works_no_more);
  after.environment_keys = {"HOME"};
  EXPECT_EQ(update::cause_of(update::complaints(working(), after, "")), Cause::environment_lost);
  after = working("2026.9.5");
  EXPECT_EQ(update::cause_of(update::complaints(working(), after, "2026.9.6")), Cause::other_version);
  after.config = {true, false, ""};
  EXPECT_EQ(update::cause_of(update::complaints(working(), after, "2026.9.6")), Cause::config_invalid);
}

INSTANTIATE_TEST_SUITE_P(Question, VerificationOf,
                         testing::Values(Member{"config", &GatewayReport::config},
                                         Member{"RPC", &GatewayReport::rpc},
                                         Member{"cron", &GatewayReport::cron},
                                         Member{"model", &GatewayReport::models}),
                         [](const auto& each) { return std::string(each.param.words); });

TEST(Verification, AFirstStartIsJudgedByReadinessVersionConfigAndRpcAlone) {
  auto after = working("2026.9.5");
  after.ready = false;
  after.config = after.rpc = after.cron = after.models = {true, false, ""};
  after.plugins.errors = {{"slack", "boom"}};
  EXPECT_THAT(first_complained(after, "2026.9.6"),
              ElementsAre("the gateway is not ready", HasSubstr("2026.9.5"), "the config is not valid",
                          "the gateway's RPC does not answer"));
  EXPECT_THAT(first_complained(working(), "2026.9.6"), IsEmpty());
}

}  // namespace
