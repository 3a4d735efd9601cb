// SPDX-License-Identifier: MIT
// The release's own doctor on the gateway's state: its permissions, and its results.
#include "workers/state/migrate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "support/disk_witness.hpp"
#include "support/recording_notifier.hpp"
#include "workers/support/openclaw_state.hpp"

namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using workers_tests::OpenClawState;

// "node" is a shell, and "dist/index.js" is a script for it.
class Migrating : public testing::Test {
 protected:
  json migrate(const std::string& script) {
    release.write("dist/index.js", script);
    const auto environment = openclaw::gateway_environment(unit, "");
    const auto answer =
        workers::state::migrate(workers::state::place_of(state.folder.path(), environment.locations),
                                environment, {release.path(), "/bin/sh"}, state.folder.path(), notifier);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? contract::to_json(*answer) : json::object();
  }
  [[nodiscard]] std::string seen() const { return release.read("seen"); }

  OpenClawState state;
  test_support::TemporaryDirectory release;
  test_support::RecordingNotifier notifier;
  base::Environment unit = {{"PATH", "/usr/bin:/bin"},
                            {"HOME", state.folder.path()},
                            {"STATE_DIRECTORY", state.folder.path()},
                            {"SLACK_TOKEN", "another-secret-value"},
                            {"MY_SETTING", "the gateway's"}};
};

TEST_F(Migrating, LetsTheDoctorMendTheStateOfTheGatewayWithItsEnvironment) {
  const json answer = migrate("echo \"$@\" > " + release.path("seen") + "; env >> " + release.path("seen") +
                              "; echo mended > \"$HOME/.openclaw/mended\"; pwd >> " + release.path("seen"));
  EXPECT_EQ("done", answer["outcome"]);
  EXPECT_EQ("mended\n", state.folder.read(".openclaw/mended"));
  EXPECT_THAT(seen(),
              AllOf(testing::StartsWith("doctor --non-interactive --fix\n"),
                    HasSubstr("MY_SETTING=the gateway's\n"), HasSubstr("\n" + state.folder.path() + "\n")));
}

TEST_F(Migrating, IsDoneWhenWhatTheDoctorHasWrittenIsOnTheDisk) {
  const test_support::DiskWitness disk;
  EXPECT_EQ("done", migrate("echo mended > \"$HOME/.openclaw/mended\"")["outcome"]);
  EXPECT_NE(disk.first(test_support::DiskEvent::Kind::file_system_synced, state.folder.path(".openclaw")),
            test_support::DiskWitness::never)
      << disk.story();
}

TEST_F(Migrating, KeepsTheDoctorFromUnitsFromUpdatesAndFromStagedPlugins) {
  unit["OPENCLAW_PLUGIN_STAGE_DIR"] = state.folder.path("staged-deps");
  unit["OPENCLAW_SYSTEMD_UNIT"] = "openclaw-gateway.service";
  migrate("env > " + release.path("seen"));
  EXPECT_THAT(seen(),
              AllOf(HasSubstr("OPENCLAW_SERVICE_REPAIR_POLICY=external\n"),
                    HasSubstr("OPENCLAW_SUPERVISOR_MODE=external\n"),
                    HasSubstr("OPENCLAW_NO_AUTO_UPDATE=1\n"), Not(HasSubstr("OPENCLAW_PLUGIN_STAGE_DIR")),
                    Not(HasSubstr("STATE_DIRECTORY")), Not(HasSubstr("OPENCLAW_SYSTEMD_UNIT"))));
}

// OpenClaw would set the variable again from that file.
TEST_F(Migrating, KeepsAnEnvironmentFileFromNamingTheFolderOfStagedPlugins) {
  state.folder.write(".openclaw/.env", "OPENCLAW_PLUGIN_STAGE_DIR=/staged\nOTHER=thing\n");
  migrate("env > " + release.path("seen"));
  EXPECT_THAT(seen(), AllOf(HasSubstr("OPENCLAW_PLUGIN_STAGE_DIR=\n"), Not(HasSubstr("/staged")),
                            Not(HasSubstr("OTHER="))))
      << "what OpenClaw reads itself is left to it";
}

TEST_F(Migrating, TellsADoctorThatFailsFromOneThatWasEnded) {
  const json failed = migrate("echo it is locked; exit 3");
  EXPECT_EQ("failed", failed["outcome"]);
  EXPECT_EQ("ended with status 3", failed["detail"]);
  EXPECT_EQ("it is locked", failed["log"][0]);
  EXPECT_EQ("ended", migrate("kill -9 $$")["outcome"]);
}

TEST_F(Migrating, KeepsSecretsOutOfWhatItAnswers) {
  const std::string answer =
      migrate(std::string("echo token ") + OpenClawState::secret + "; echo \"$SLACK_TOKEN\"").dump();
  EXPECT_THAT(answer, AllOf(HasSubstr("token ***"), Not(HasSubstr(OpenClawState::secret)),
                            Not(HasSubstr("another-secret-value"))));
}

}  // namespace
