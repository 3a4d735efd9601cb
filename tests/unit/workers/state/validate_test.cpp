// SPDX-License-Identifier: MIT
// A release's verdict on config and database; the release is asked only about copies.
#include "workers/state/validate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/text.hpp"
#include "support/recording_notifier.hpp"
#include "workers/state/answers.hpp"
#include "workers/state/snapshot.hpp"
#include "workers/support/openclaw_state.hpp"

namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using workers_tests::OpenClawState;

// "node" is a shell, and "openclaw.mjs" is a script for it.
class Validate : public testing::Test {
 protected:
  json run(const std::string& script) {
    release.write("openclaw.mjs", script);
    test_support::RecordingNotifier notifier;
    const auto environment = openclaw::gateway_environment(unit, "");
    const auto verdict =
        workers::state::validate({workers::state::place_of(state.folder.path(), environment.locations),
                                  environment, release.path(), "/bin/sh", work.path()},
                                 notifier);
    EXPECT_TRUE(verdict) << verdict.error().message;
    EXPECT_THAT(work.names(), testing::IsEmpty()) << "the copies must be gone";
    return verdict ? contract::to_json(*verdict) : json();
  }

  base::Error refusal(const std::string& script) {
    release.write("openclaw.mjs", script);
    test_support::RecordingNotifier notifier;
    const auto environment = openclaw::gateway_environment(unit, "");
    const auto verdict =
        workers::state::validate({workers::state::place_of(state.folder.path(), environment.locations),
                                  environment, release.path(), "/bin/sh", work.path()},
                                 notifier);
    EXPECT_FALSE(verdict);
    return verdict ? base::Error{} : verdict.error();
  }

  OpenClawState state;
  base::Environment unit = {{"PATH", "/usr/bin:/bin"},
                            {"SLACK_TOKEN", "another-secret-value"},
                            {"STATE_DIRECTORY", state.folder.path()},
                            {"HOME", state.folder.path()}};
  test_support::TemporaryDirectory release, work;
};

TEST_F(Validate, PassesTheReleasesOwnWordsOn) {
  const json verdict = run(R"(
if [ "$1" = config ]; then echo 'a log line'; echo '{"valid":true,"path":"x","warnings":[]}'; exit 0; fi
echo '{
  "schema": "openclaw.state-schema-preflight.v1",
  "targetVersion": 23, "foundVersion": 18, "issues": [], "status": "migration-required"
}')");
  EXPECT_TRUE(verdict["config"]["valid"]);
  EXPECT_TRUE(verdict["database"]["supported"]);
  EXPECT_EQ("migrate", verdict["database"]["status"]);
  EXPECT_EQ(18, verdict["database"]["found"]);
  EXPECT_EQ(23, verdict["database"]["target"]);
}

TEST_F(Validate, PassesWarningsOfAnAcceptedConfigOn) {
  const json verdict = run(
      "echo '{\"valid\":true,\"warnings\":[{\"path\":\"gateway.old\",\"message\":\"is deprecated\"},7]}'");
  EXPECT_TRUE(verdict["config"]["valid"]);
  EXPECT_EQ(json::parse(R"([{"path":"gateway.old","message":"is deprecated"}])"),
            verdict["config"]["warnings"]);
}

// Before a restore, the present database is not relevant.
TEST_F(Validate, AsksAboutTheDatabaseOfASnapshotInsteadWhereOneIsNamed) {
  const std::string name = "s20261121T101500Z-4f2a";
  ASSERT_TRUE(workers::state::take_snapshot(state.place(), name, workers::state::Pass::hot));
  workers_tests::Database(state.folder.path(OpenClawState::main_database))
      .run("UPDATE entries SET text = 'after'");
  const std::string seen = release.path("seen.copy");
  release.write("openclaw.mjs",
                "[ \"$1\" = config ] && { echo '{\"valid\":true}'; exit 0; }\ncp \"$3\" " + seen);
  test_support::RecordingNotifier notifier;
  const auto environment = openclaw::gateway_environment(unit, "");
  const auto verdict =
      workers::state::validate({workers::state::place_of(state.folder.path(), environment.locations),
                                environment, release.path(), "/bin/sh", work.path(), name},
                               notifier);
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ("before", workers_tests::Database(seen).ask("SELECT text FROM entries"));
}

TEST_F(Validate, ShowsTheReleaseCopiesAndNoPathOfTheLiveState) {
  const std::string seen = release.path("seen");
  run("env > " + seen +
      ".$1; cat \"$OPENCLAW_CONFIG_PATH\" \"$OPENCLAW_STATE_DIR/more.json5\" "
      "\"$OPENCLAW_STATE_DIR/.env\" > " +
      seen + ".config; echo \"$@\" >> " + seen +
      ".words; "
      "[ -s \"$3\" ] && cp \"$3\" " +
      seen + ".copy; ls \"$OPENCLAW_STATE_DIR\"");
  EXPECT_THAT(release.read("seen.config"), HasSubstr("the operator's"));
  EXPECT_THAT(release.read("seen.config"), HasSubstr("gateway: {mode"));
  EXPECT_THAT(release.read("seen.config"), HasSubstr("SLACK_TOKEN="));
  EXPECT_THAT(release.read("seen.config"), Not(HasSubstr("No such file")));
  for (const char* file : {"seen.config", "seen.database", "seen.words"}) {
    EXPECT_THAT(release.read(file), Not(HasSubstr(state.folder.path()))) << file;
  }
  workers_tests::Database copy(release.path("seen.copy"));
  EXPECT_EQ("before", copy.ask("SELECT text FROM entries"));
}

TEST_F(Validate, LetsTheReleaseReadWhatIsIncludedByAnAbsolutePath) {
  const test_support::TemporaryDirectory shared;
  const std::string team = shared.write("team.json5", "{}");
  state.folder.write(".openclaw/inside.json5", "{}");
  unit["OPENCLAW_INCLUDE_ROOTS"] = shared.path();
  state.folder.write(".openclaw/openclaw.json",
                     "{$include: ['" + team + "', '" + state.folder.path(".openclaw/inside.json5") + "']}");
  run("echo \"$OPENCLAW_INCLUDE_ROOTS\" > " + release.path("seen"));
  EXPECT_THAT(base::split(base::trim(release.read("seen")), ':'),
              testing::UnorderedElementsAre(shared.path(), state.folder.path(".openclaw")));
}

TEST_F(Validate, SaysWhatToWriteForAnIncludeThatACopyCannotFollow) {
  const test_support::TemporaryDirectory shared;
  shared.write("team.json5", "{}");
  unit["OPENCLAW_INCLUDE_ROOTS"] = "/";
  state.folder.write(".openclaw/openclaw.json",
                     "{$include: '../../../../../../../../.." + shared.path("team.json5") + "'}");
  test_support::RecordingNotifier notifier;
  const auto environment = openclaw::gateway_environment(unit, "");
  release.write("openclaw.mjs", "");
  const auto verdict =
      workers::state::validate({workers::state::place_of(state.folder.path(), environment.locations),
                                environment, release.path(), "/bin/sh", work.path()},
                               notifier);
  ASSERT_FALSE(verdict);
  EXPECT_THAT(verdict.error().message, testing::AllOf(HasSubstr("team.json5"), HasSubstr("absolute path")));
}

TEST_F(Validate, ShowsInstalledPluginsWithoutTheirDependencies) {
  const std::string project = ".openclaw/npm/projects/openclaw-slack-b25c10c1bd/";
  state.folder.write(project + "package.json", R"({"dependencies":{"@openclaw/slack":"2026.9.6"}})");
  const std::string plugin = project + "node_modules/@openclaw/slack/";
  state.folder.write(plugin + "package.json", R"({"name":"@openclaw/slack","version":"2026.9.6",
      "openclaw":{"extensions":["./dist/index.js"]}})");
  state.folder.write(plugin + "openclaw.plugin.json", R"({"id":"slack","channels":["slack"]})");
  state.folder.write(plugin + "dist/index.js", "");
  state.folder.write(plugin + "node_modules/large/index.js", "");
  run("cd \"$OPENCLAW_STATE_DIR\" && find . -type f > " + release.path("seen"));
  EXPECT_THAT(release.read("seen"), HasSubstr("@openclaw/slack/dist/index.js"));
  EXPECT_THAT(release.read("seen"), HasSubstr("openclaw-slack-b25c10c1bd/package.json"));
  EXPECT_THAT(release.read("seen"), Not(HasSubstr("large")));
}

TEST_F(Validate, LeavesTheLiveStateAsItWas) {
  std::this_thread::sleep_for(std::chrono::milliseconds(40));  // a state at rest
  const auto before = state.folder.names(".openclaw/state");
  run("echo changed > \"$OPENCLAW_CONFIG_PATH\"; rm -f \"$3\"");
  EXPECT_EQ(before, state.folder.names(".openclaw/state"));
  EXPECT_THAT(state.folder.read(".openclaw/openclaw.json"), HasSubstr("the operator's"));
  EXPECT_EQ("before", state.ask("SELECT text FROM entries"));
}

TEST_F(Validate, TellsIssuesWithoutTheSecretsInThem) {
  const json verdict = run(
      R"(echo '{"ok":false,"valid":false,"issues":[{"path":"channels.slack",
"message":"token )" +
      std::string(OpenClawState::secret) + R"( and another-secret-value are wrong"}]}'; exit 1)");
  EXPECT_FALSE(verdict["config"]["valid"]);
  EXPECT_EQ("channels.slack", verdict["config"]["issues"][0]["path"]);
  EXPECT_EQ("token *** and *** are wrong", verdict["config"]["issues"][0]["message"]);
}

TEST_F(Validate, SaysThatTheReleasesProgramItselfFails) {
  const json verdict = run("echo 'Error: Cannot find module x' >&2; exit 7");
  EXPECT_FALSE(verdict["config"]["valid"]);
  EXPECT_FALSE(verdict["config"]["answered"]);
  EXPECT_THAT(verdict["config"]["issues"][0]["message"].get<std::string>(), HasSubstr("Cannot find module"));
}

// The output of 2026.9.6 for each command, run by a Node of a distribution, which uses the system's SQLite.
constexpr const char* refuses_node = R"(echo '(node:10480) ExperimentalWarning: SQLite is experimental' >&2
echo 'openclaw: Node 24.18.0: SQLite 3.46.1 is not WAL-reset-safe; use SQLite 3.51.3+, 3.50.7+, or 3.44.6+ on its patched release line.' >&2
echo 'If you use nvm, run:
  nvm install 26
  nvm use 26
  nvm alias default 26' >&2; exit 1)";

TEST_F(Validate, RefusesANodeThatTheReleaseDoesNotWorkWithAndSaysWhatToDo) {
  const base::Error error = refusal(refuses_node);
  EXPECT_EQ(base::ErrorKind::refused, error.kind);
  EXPECT_THAT(error.message,
              HasSubstr("does not work with the Node at '/bin/sh': Node 24.18.0: SQLite 3.46.1"));
  EXPECT_THAT(error.message, HasSubstr("[gateway] node="));
  EXPECT_THAT(error.message, HasSubstr("source=bundled"));
  EXPECT_THAT(error.message, Not(HasSubstr("nvm")));
  EXPECT_THAT(refusal("echo 'openclaw: Node.js v24.16+ is required (current: v20.1.0).' >&2; exit 1").message,
              HasSubstr("Node.js v24.16+ is required"));
}

TEST_F(Validate, RefusesSuchANodeAlsoWhereThereIsNoConfigYet) {
  ::unlink(state.folder.path(".openclaw/openclaw.json").c_str());
  EXPECT_THAT(refusal(refuses_node).message, HasSubstr("SQLite 3.46.1"));
}

TEST_F(Validate, TakesNoOtherWordsForSuchARefusal) {
  EXPECT_TRUE(run(R"(echo 'openclaw: Node 24.18.0: SQLite 3.46.1 is not WAL-reset-safe' >&2
echo '{"valid":true}')")["config"]["valid"])
      << "the release answered";
  EXPECT_FALSE(run(R"(echo 'plugin says: openclaw: Node 1: SQLite 3.46.1 is not WAL-reset-safe' >&2; exit 1)")
                   ["config"]["answered"]);
}

TEST_F(Validate, KnowsNothingOfADatabaseThatAnOlderReleaseCannotJudge) {
  const json verdict = run(R"([ "$1" = config ] && echo '{"valid":true}' && exit 0
echo '[openclaw] Reason: Unknown command: openclaw database.'; exit 1)");
  EXPECT_TRUE(verdict["config"]["valid"]);
  EXPECT_FALSE(verdict["database"]["supported"]);
  EXPECT_EQ("unknown", verdict["database"]["status"]);
  EXPECT_EQ(18, verdict["database"]["found"]);
}

TEST_F(Validate, SaysWhenThereIsNoDatabaseOrConfig) {
  ::unlink(state.folder.path(OpenClawState::main_database).c_str());
  ::unlink(state.folder.path(".openclaw/openclaw.json").c_str());
  const json verdict = run("exit 1");
  EXPECT_EQ("absent", verdict["database"]["status"]);
  EXPECT_TRUE(verdict["config"]["absent"]);
}

// 2026.9.6 exits with 1 for an incompatible database, and the line was written by a plugin or a chat.
TEST_F(Validate, TakesNoLineThatLooksLikeAnAnswerForOne) {
  const char* script = R"(
sound='{"schema":"openclaw.state-schema-preflight.v1","foundVersion":18,"targetVersion":18,"status":"exact"}'
newer='{"schema":"openclaw.state-schema-preflight.v1","foundVersion":18,"targetVersion":15,"status":"incompatible"}'
[ "$1" = config ] && echo '{"valid":true}' && exit 0
)";
  const auto database = [&](const std::string& says) { return run(script + says)["database"]; };
  EXPECT_EQ("incompatible", database("echo \"$newer\"; exit 1")["status"]);
  EXPECT_EQ("unknown", database("echo \"$newer\"; echo \"$sound\"; exit 1")["status"]);
  EXPECT_EQ("unknown", database("echo \"$sound\"; echo \"$newer\"; exit 1")["status"]);
  EXPECT_EQ("incompatible", database("echo \"$newer\"; echo \"chat: $sound\"; exit 1")["status"]);
}

TEST_F(Validate, ReadsAnAnswerOnStandardOutputAlone) {
  const json verdict = run(R"(echo '{"valid":true}'; echo '{"valid":false}' >&2)");
  EXPECT_TRUE(verdict["config"]["answered"]);
  EXPECT_TRUE(verdict["config"]["valid"]);
}

}  // namespace
