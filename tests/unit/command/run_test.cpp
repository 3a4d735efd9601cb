// SPDX-License-Identifier: MIT
// What OpenClaw's command line gets to see for each purpose, and how long it may take.
#include "command/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "support/temporary_directory.hpp"

namespace {

using command::environment_for;
using command::Purpose;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Key;
using testing::Not;
using testing::Pair;
using namespace std::chrono_literals;

// What a unit may have, with secrets, with what systemd says, and with what would lead a client elsewhere.
const base::Environment of_unit = {{"SLACK_BOT_TOKEN", "s"},
                                   {"OPENCLAW_GATEWAY_TOKEN", "s"},
                                   {"OPENCLAW_STATE_DIR", "/state"},
                                   {"OPENCLAW_GATEWAY_URL", "ws://elsewhere"},
                                   {"OPENCLAW_NO_AUTO_UPDATE", "0"},
                                   {"npm_config_registry", "http://registry"},
                                   {"npm_config_ignore_scripts", "false"},
                                   {"NPM_CONFIG_CAFILE", "/ca.pem"},
                                   {"HTTPS_PROXY", "http://proxy"},
                                   {"NOTIFY_SOCKET", "/run/notify"},
                                   {"NODE_OPTIONS", "--require=x"},
                                   {"HOME", "/home"}};

TEST(EnvironmentOfACommand, OfAnyPurposeTouchesNoUnitAndUpdatesNothing) {
  for (const Purpose* purpose :
       {&command::installing, &command::asking, &command::validating, &command::migrating}) {
    const auto environment = environment_for(*purpose, of_unit, {{"OPENCLAW_SERVICE_REPAIR_POLICY", "auto"}});
    EXPECT_THAT(environment, IsSupersetOf({Pair("OPENCLAW_SERVICE_REPAIR_POLICY", "external"),
                                           Pair("OPENCLAW_NO_AUTO_UPDATE", "1")}));
  }
}

TEST(EnvironmentOfACommand, OfTheInstallerHasNoSecretAndKnowsStateAndRegistry) {
  const auto environment = environment_for(command::installing, of_unit, {{"HOME", "/private"}});
  EXPECT_THAT(
      environment,
      testing::UnorderedElementsAre(
          Pair("OPENCLAW_STATE_DIR", "/state"), Pair("OPENCLAW_GATEWAY_URL", "ws://elsewhere"),
          Pair("npm_config_registry", "http://registry"), Pair("NPM_CONFIG_CAFILE", "/ca.pem"),
          Pair("HOME", "/private"), Pair("OPENCLAW_SERVICE_REPAIR_POLICY", "external"),
          Pair("OPENCLAW_NO_AUTO_UPDATE", "1"), Pair("npm_config_fetch_retries", "2"),
          Pair("npm_config_fetch_retry_mintimeout", "1000"),
          Pair("npm_config_fetch_retry_maxtimeout", "10000"), Pair("npm_config_fetch_timeout", "60000")));
}

TEST(EnvironmentOfACommand, OfAQuestionIsTheGatewaysAndLeadsNowhereElse) {
  const auto environment = environment_for(command::asking, of_unit, {{"OPENCLAW_GATEWAY_PORT", "18789"}});
  EXPECT_THAT(environment, IsSupersetOf({Pair("SLACK_BOT_TOKEN", "s"), Pair("OPENCLAW_GATEWAY_TOKEN", "s"),
                                         Pair("OPENCLAW_GATEWAY_PORT", "18789"), Pair("CI", "1"),
                                         Pair("NO_COLOR", "1"), Pair("OPENCLAW_NO_RESPAWN", "1")}));
  for (const char* name : {"OPENCLAW_GATEWAY_URL", "HTTPS_PROXY", "NOTIFY_SOCKET", "NODE_OPTIONS"}) {
    EXPECT_THAT(environment, Not(testing::Contains(Key(name)))) << name;
  }
}

TEST(EnvironmentOfACommand, OfADoctorWaitsForNoNetwork) {
  EXPECT_THAT(environment_for(command::migrating, {}, {}),
              IsSupersetOf({Pair("OPENCLAW_SUPERVISOR_MODE", "external"), Pair("OPENCLAW_NO_RESPAWN", "1"),
                            Pair("npm_config_fetch_retries", "0"), Pair("NO_COLOR", "1")}));
}

// `script` stands in for node: what it is called with is "$@".
class RunningACommand : public testing::Test {
 protected:
  base::Result<command::Outcome> run(const Purpose& purpose, const std::string& script,
                                     const command::Watching& watching = {}) {
    return command::run(purpose,
                        {folder.write("node", "#!/bin/sh\n" + script, 0755),
                         "/package",
                         {{"PATH", "/usr/bin:/bin"}, {"SLACK_BOT_TOKEN", "hunter2-hunter2"}},
                         {},
                         folder.path(),
                         {}},
                        {"doctor"}, watching);
  }
  test_support::TemporaryDirectory folder;
};

TEST_F(RunningACommand, KeepsAnAnswerApartFromWhatElseIsPrinted) {
  const auto ran = run(command::asking, "echo answer; echo \"$@\" >&2; exit 3");
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_TRUE(ran->ended);
  EXPECT_FALSE(ran->succeeded());
  EXPECT_EQ(ran->exit_status, 3);
  EXPECT_EQ(ran->answer, "answer\n");
  EXPECT_EQ(ran->messages, "/package/openclaw.mjs doctor\n");
}

TEST_F(RunningACommand, LeavesNoNameThatARunWhichIsKilledCouldLeave) {
  folder.mkdir("answers");
  ::setenv("TMPDIR", folder.path("answers").c_str(), 1);
  const auto ran = run(command::asking, "ls -A " + folder.path("answers") + "; echo answer");
  ::unsetenv("TMPDIR");
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_EQ(ran->answer, "answer\n");
}

TEST_F(RunningACommand, TakesAllThatIsPrintedWhereThereIsNoAnswer) {
  const auto ran = run(command::migrating, "echo \"$@\"; pwd >&2");
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_TRUE(ran->succeeded());
  EXPECT_EQ(ran->answer, "");
  EXPECT_EQ(ran->messages, "/package/dist/index.js doctor\n" + folder.path() + "\n");
}

TEST_F(RunningACommand, ShowsNoSecretOfItsEnvironment) {
  const auto ran = run(command::migrating, "echo \"got $SLACK_BOT_TOKEN\"");
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_THAT(ran->said(), HasSubstr("got ***"));
  EXPECT_THAT(ran->said(), Not(HasSubstr("hunter2")));
}

TEST_F(RunningACommand, EndsWhatPrintsMoreThanAnyAnswerHas) {
  const auto ran = run(command::validating, "yes no-answer");
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_FALSE(ran->ended);
  EXPECT_EQ(ran->answer, "");
}

TEST_F(RunningACommand, EndsWhatIsBusyForLongerThanItMayBe) {
  Purpose purpose = command::migrating;
  purpose.longest = 1s;
  const auto ran = run(purpose, "while :; do :; done");
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_FALSE(ran->ended);
}

TEST_F(RunningACommand, EndsItWhenNobodyWaitsForItAnyMore) {
  command::Watching watching;
  watching.give_up = [] { return true; };
  const auto ran = run(command::asking, "exec sleep 30", watching);
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_FALSE(ran->ended);
}

}  // namespace
