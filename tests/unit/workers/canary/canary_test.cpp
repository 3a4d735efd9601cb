// SPDX-License-Identifier: MIT
// A release boots on a copy: what it sees, what the boot shows, and that nothing is left.
#include "workers/canary/canary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cerrno>

#include "base/text.hpp"
#include "fs/refusals.hpp"
#include "http/support/http_server.hpp"
#include "support/recording_notifier.hpp"
#include "workers/canary/process.hpp"
#include "workers/state/sqlite_copy.hpp"
#include "workers/support/openclaw_state.hpp"

namespace {

using namespace std::chrono_literals;
using fs::syscalls::Call;
using nlohmann::json;
using test_support::HttpServer;
using test_support::json_answer;
using test_support::Refusals;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using workers_tests::OpenClawState;

// "node" is a shell: dist/index.js is the gateway, whose HTTP answers come from the test itself, and
// openclaw.mjs is the command line.
class Booting : public testing::Test {
 protected:
  Booting() {
    gateway("stay");
    command_line(
        R"(case "$1" in health) echo '{"ok":true,"channels":{},"plugins":{"loaded":["slack"],"errors":[]}}';;)"
        R"( config) echo '{"valid":true}';; esac)");
  }
  // "stay" ends the script's work, and keeps the process alive. The command line waits for it, so that the
  // gateway is not stopped earlier.
  void gateway(const std::string& script) {
    release.write("dist/index.js", "stay() { : > " + release.path("stays") + "; exec sleep 60; }\n" + script);
  }
  void command_line(const std::string& script) {
    release.write("openclaw.mjs", "i=0; while [ ! -e " + release.path("stays") +
                                      " ] && [ $i -lt 400 ]; do sleep 0.02; i=$((i+1)); done\n" + script);
  }

  base::Result<json> try_to_boot(std::chrono::seconds deadline = 20s) {
    test_support::RecordingNotifier notifier;
    const auto environment = openclaw::gateway_environment(unit, "");
    auto result =
        workers::boot({workers::state::place_of(state.folder.path(), environment.locations), environment,
                       release.path(), "/bin/sh", "2026.9.6", work.path(), server.port(), deadline},
                      notifier);
    EXPECT_THAT(work.names(), IsEmpty()) << "the copy must be gone";
    return result;
  }
  json boot(std::chrono::seconds deadline = 20s) {
    const auto result = try_to_boot(deadline);
    EXPECT_TRUE(result) << result.error().message;
    return result ? *result : json::object();
  }
  static std::string log_of(const json& result) {
    std::string text;
    for (const json& line : result["log"]) text += line.get<std::string>() + "\n";
    return text;
  }

  OpenClawState state;
  base::Environment unit = {{"PATH", "/usr/bin:/bin"},
                            {"HOME", state.folder.path()},
                            {"STATE_DIRECTORY", state.folder.path()},
                            {"SLACK_TOKEN", "another-secret-value"},
                            {"MY_THING", "SECRET-CANARY-environment"}};
  test_support::TemporaryDirectory release, work;
  HttpServer server{
      {{"/healthz", json_answer(200, R"({"ok":true,"status":"live"})")},
       {"/readyz", json_answer(200, R"({"ready":true,"failing":[]})")},
       {"/startupz", json_answer(200, R"({"ok":true,"status":"started","version":"2026.9.6"})")}}};
};

TEST_F(Booting, ReportsAReleaseThatIsReadyWithItsPlugins) {
  const json result = boot();
  EXPECT_TRUE(result["ready"]) << result;
  EXPECT_EQ("2026.9.6", result["version"]);
  EXPECT_EQ(json({"slack"}), result["plugins"]["loaded"]);
  EXPECT_TRUE(result["config"]["valid"]);
  EXPECT_TRUE(result["rpc"]["ok"]);
  EXPECT_GT(result["took_ms"], 0);
}

TEST_F(Booting, ShowsTheReleaseACopyAndNoPathOfTheLiveState) {
  const std::string seen = release.path("seen");
  gateway("env > " + seen + "; cat \"$OPENCLAW_CONFIG_PATH\" > " + seen +
          ".config; ls -R \"$OPENCLAW_STATE_DIR\" > " + seen + ".files; echo \"$@\" > " + seen +
          ".words; stay");
  boot();
  EXPECT_THAT(release.read("seen"),
              AllOf(Not(HasSubstr(state.folder.path())), HasSubstr("OPENCLAW_SKIP_CHANNELS=1"),
                    HasSubstr("OPENCLAW_SKIP_CRON=1"), Not(HasSubstr("STATE_DIRECTORY"))));
  EXPECT_THAT(release.read("seen.config"), HasSubstr("the operator's"));
  EXPECT_THAT(release.read("seen.files"), AllOf(HasSubstr("openclaw.sqlite"), HasSubstr("more.json5")));
  EXPECT_EQ("gateway --port " + std::to_string(server.port()) + "\n", release.read("seen.words"));
}

// OpenClaw reads them after its start, and reads its own files from the copied state.
TEST_F(Booting, GivesTheReleaseTheVariablesOfAllEnvironmentFiles) {
  state.folder.write(".openclaw/.env",
                     "DISCORD_BOT_TOKEN=of-the-state\nNODE_OPTIONS=--require /no\n"
                     "OPENCLAW_HOME=" +
                         state.folder.path() + "\n");
  state.folder.write(".config/openclaw/gateway.env", "IRC_NICK=of-the-home\n");
  const std::string seen = release.path("seen");
  gateway("env > " + seen + "; echo $IRC_NICK; stay");
  const std::string log = log_of(boot());
  EXPECT_THAT(release.read("seen"),
              AllOf(HasSubstr("DISCORD_BOT_TOKEN=of-the-state\n"), HasSubstr("IRC_NICK=of-the-home\n"),
                    Not(HasSubstr("NODE_OPTIONS")), Not(HasSubstr("HOME=" + state.folder.path()))));
  EXPECT_THAT(release.read("seen"), HasSubstr("OPENCLAW_HOME=" + work.path()));
  EXPECT_THAT(log, AllOf(HasSubstr("***"), Not(HasSubstr("of-the-home"))));
}

TEST_F(Booting, LetsTheReleaseReadWhatTheConfigIncludesFromElsewhere) {
  const test_support::TemporaryDirectory shared;
  const std::string team = shared.write("team.json5", "{channels: {discord: {enabled: true}}}");
  unit["OPENCLAW_INCLUDE_ROOTS"] = shared.path() + ":" + state.folder.path("beside");
  state.folder.write("beside/more.json5", "{}");
  state.folder.write(".openclaw/openclaw.json",
                     "{$include: ['" + team + "', './more.json5', '../beside/more.json5']}");
  gateway("echo \"$OPENCLAW_INCLUDE_ROOTS\" > " + release.path("seen") +
          "; cd \"$OPENCLAW_STATE_DIR\" && cat ../beside/more.json5 && echo beside; stay");
  const std::string log = log_of(boot());
  EXPECT_THAT(log, HasSubstr("beside"));
  const auto roots = base::split(base::trim(release.read("seen")), ':');
  EXPECT_THAT(roots, AllOf(Contains(shared.path()), Contains(HasSubstr(work.path()))));
}

// This file of the kernel's is a regular one whose first bytes cannot be read (EIO).
TEST_F(Booting, TriesNothingWithAConfigThatTheDiskShowsOnlyInPart) {
  ::unlink(state.folder.path(".openclaw/more.json5").c_str());
  state.folder.symlink("/proc/self/mem", ".openclaw/more.json5");
  unit["OPENCLAW_INCLUDE_ROOTS"] = "/proc";
  const auto result = try_to_boot();
  ASSERT_FALSE(result) << *result;
  EXPECT_THAT(result.error().message, AllOf(HasSubstr("more.json5"), HasSubstr("Input/output error")));
}

TEST_F(Booting, TellsWhichSecretsCommandsAnswerFor) {
  state.folder.write(".openclaw/openclaw.json",
                     R"({"gateway":{"mode":"local","auth":{"mode":"token","token":{"source":"exec",
      "provider":"op","id":"value"}}}, "secrets":{"providers":{"op":{"source":"exec","command":"/bin/op"}}}})");
  gateway("echo 'Gateway failed to start: Startup failed: required secrets are unavailable.'; exit 1");
  const json result = boot();
  EXPECT_EQ(json({"gateway.auth.token (provider op)"}), result["secrets_from_commands"]);
  EXPECT_EQ(1, result["exit_status"]);
}

TEST_F(Booting, TellsOfAMigrationAndLeavesTheLiveDatabaseAlone) {
  gateway("sqlite3 \"$OPENCLAW_STATE_DIR/state/openclaw.sqlite\" 'PRAGMA user_version=19'; stay");
  const json result = boot();
  EXPECT_EQ(18, result["schemas"]["before"]["state/openclaw.sqlite"]);
  EXPECT_EQ(19, result["schemas"]["after"]["state/openclaw.sqlite"]);
  workers_tests::Database live(state.folder.path(OpenClawState::main_database));
  EXPECT_EQ("18", live.ask("PRAGMA user_version"));
}

TEST_F(Booting, DoesNotTakeTheLiveGatewayForTheOwnerOfTheCopy) {
  workers_tests::Database live(state.folder.path(OpenClawState::main_database));
  live.run(
      "CREATE TABLE state_leases(scope TEXT, owner TEXT); INSERT INTO state_leases "
      "VALUES('gateway-owner','x'); CREATE TABLE agent_database_leases(path TEXT); "
      "INSERT INTO agent_database_leases VALUES('y')");
  gateway(
      "sqlite3 \"$OPENCLAW_STATE_DIR/state/openclaw.sqlite\" 'SELECT count(*) FROM state_leases' "
      "'SELECT count(*) FROM agent_database_leases'; stay");
  EXPECT_EQ("0\n0\n", log_of(boot()));
  EXPECT_EQ("1", live.ask("SELECT count(*) FROM state_leases"));
}

TEST_F(Booting, ReportsOneThatEndsWithItsStatusAndLastWords) {
  gateway("echo 'newer schema version 18' >&2; exit 78");
  const json result = boot();
  EXPECT_FALSE(result["ready"]);
  EXPECT_FALSE(result["running"]);
  EXPECT_EQ(78, result["exit_status"]);
  EXPECT_THAT(log_of(result), HasSubstr("newer schema version 18"));
}

// 2026.8.2 refuses an old session store, which its doctor moves into a database.
class BootingAMigration : public Booting {
 protected:
  BootingAMigration() {
    state.folder.write(".openclaw/agents/main/sessions/sessions.json", "{}");
    state.folder.write(".openclaw/agents/main/sessions/1111.jsonl", "{}");
    // Only for a gateway that stays.
    auto ready = json_answer(200, R"({"ready":true,"failing":[]})");
    ready.once_exists = release.path("stays");
    server.replace("/readyz", ready);
  }
  // `doctor` is its command in the folder of the sessions.
  void release_with(const std::string& doctor, const std::string& otherwise = "stay") {
    gateway("echo $1 >> " + release.path("calls") +
            "; cd \"$OPENCLAW_STATE_DIR/agents/main/sessions\"; case $1 in doctor) " + doctor +
            "; exit;; esac; [ ! -e sessions.json ] || { echo refused: sessions.json; exit 78; }; " +
            otherwise);
  }
  [[nodiscard]] std::string calls() const { return release.read("calls"); }
};

TEST_F(BootingAMigration, BootsOnceMoreWhereTheReleasesDoctorHasMigratedTheCopy) {
  release_with("env > " + release.path("seen") + "; ls > " + release.path("listed") +
               "; mkdir ../archive && mv * ../archive");
  const json result = boot();
  EXPECT_TRUE(result["ready"]) << result;
  EXPECT_TRUE(result["migrated"]);
  EXPECT_EQ("done", result["migration"]["outcome"]);
  EXPECT_THAT(result["moved"], Contains("agents/main/sessions/sessions.json"));
  EXPECT_EQ("gateway\ndoctor\ngateway\n", calls());
  EXPECT_THAT(release.read("listed"), HasSubstr("1111.jsonl")) << "it imports the transcripts";
  EXPECT_THAT(release.read("seen"),
              AllOf(Not(HasSubstr(state.folder.path())), Not(HasSubstr("STATE_DIRECTORY")),
                    HasSubstr("OPENCLAW_SERVICE_REPAIR_POLICY=external")));
  EXPECT_TRUE(state.folder.exists(".openclaw/agents/main/sessions/sessions.json"))
      << "of the live state nothing";
  EXPECT_TRUE(state.folder.exists(".openclaw/agents/main/sessions/1111.jsonl"));
}

// Because no boot precedes it on the live state, either.
TEST_F(BootingAMigration, LetsTheDoctorAtACopyThatNoBootHasChanged) {
  gateway(
      "cd \"$OPENCLAW_STATE_DIR\"; case $1 in doctor) [ ! -e booted ] && touch mended; exit;; esac; "
      ": > booted; [ -e mended ] || exit 1; stay");
  EXPECT_TRUE(boot()["ready"]);
}

TEST_F(BootingAMigration, LeavesTheRefusalAsItWasWhereTheDoctorDoesNotHelp) {
  release_with("echo nothing to do");
  const json result = boot();
  EXPECT_FALSE(result["ready"]);
  EXPECT_FALSE(result["migrated"]);
  EXPECT_EQ(78, result["exit_status"]);
  EXPECT_THAT(log_of(result), HasSubstr("refused: sessions.json"));
  EXPECT_EQ("done", result["migration"]["outcome"]);
  EXPECT_EQ("gateway\ndoctor\ngateway\n", calls());
}

TEST_F(BootingAMigration, BootsNoSecondTimeWhereTheDoctorFails) {
  release_with("echo it is newer; exit 1");
  const json result = boot();
  EXPECT_FALSE(result["migrated"]);
  EXPECT_EQ(78, result["exit_status"]);
  EXPECT_EQ("failed", result["migration"]["outcome"]);
  EXPECT_EQ("it is newer", result["migration"]["log"][0]);
  EXPECT_EQ("gateway\ndoctor\n", calls());
}

TEST_F(BootingAMigration, CallsNoDoctorForOneThatASignalEnds) {
  gateway("echo $1 >> " + release.path("calls") + "; kill -9 $$");
  EXPECT_EQ(128 + SIGKILL, boot()["exit_status"]);
  EXPECT_EQ("gateway\n", calls());
}

TEST_F(BootingAMigration, CallsNoDoctorForOneThatIsOnlyNotReadyInTime) {
  HttpServer starting{{{"/healthz", json_answer(200, R"({"ok":true,"status":"live"})")},
                       {"/readyz", json_answer(503, R"({"ready":false,"failing":["telegram"]})")}}};
  gateway("echo $1 >> " + release.path("calls") + "; stay");
  test_support::RecordingNotifier notifier;
  const auto result = workers::boot({state.place(), openclaw::as_given({{"PATH", "/usr/bin:/bin"}}),
                                     release.path(), "/bin/sh", "2026.9.6", work.path(), starting.port(), 1s},
                                    notifier);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_FALSE(result->contains("migrated"));
  EXPECT_EQ("gateway\n", calls());
}

TEST_F(BootingAMigration, CallsNoDoctorForOneThatStarts) {
  release_with("mv * ..");
  ASSERT_EQ(0, ::unlink(state.folder.path(".openclaw/agents/main/sessions/sessions.json").c_str()));
  EXPECT_TRUE(boot()["ready"]);
  EXPECT_EQ("gateway\n", calls());
}

TEST_F(BootingAMigration, TellsWhichFilesABootHasMovedByItself) {
  gateway("cd \"$OPENCLAW_STATE_DIR\"; mv agents/main/sessions/sessions.json ..; stay");
  const json result = boot();
  EXPECT_TRUE(result["ready"]);
  EXPECT_EQ(json({"agents/main/sessions/sessions.json"}), result["moved"]);
}

TEST_F(BootingAMigration, CallsNoFileMovedOfWhichTheDiskDoesNotSayWhetherItIsThere) {
  gateway("stay");
  const Refusals refused([this](Call, std::string_view name) {
    return name == "state/agents/main/sessions" && release.exists("stays") ? EIO : 0;
  });
  const auto result = try_to_boot();
  ASSERT_FALSE(result) << *result;
  EXPECT_THAT(result.error().message, HasSubstr("looking for the files that the canary has moved"));
}

TEST_F(Booting, KeepsSecretsOutOfTheLog) {
  gateway(std::string("echo token ") + OpenClawState::secret + "; echo \"$SLACK_TOKEN\"; exit 1");
  const std::string log = log_of(boot());
  EXPECT_THAT(log, HasSubstr("token ***"));
  EXPECT_THAT(log, AllOf(Not(HasSubstr(OpenClawState::secret)), Not(HasSubstr("another-secret-value"))));
}

TEST_F(Booting, KeepsSecretsOutOfAllThatItAnswersHoweverTheReleasePrintsThem) {
  state.folder.write(".openclaw/.env", "MY_PHRASE=SECRET-CANARY-dotenv\n", 0600);
  gateway(
      "echo bare SECRET-CANARY-dotenv \"$MY_THING\"; echo 'authorization: Bearer SECRET-CANARY-bearer'; "
      "echo '{\"botToken\":\"SECRET-CANARY-json\"}'; echo 'GET https://ci:SECRET-CANARY-url@npm.example/'; "
      "echo '//npm.example/:_authToken=SECRET-CANARY-npmrc'; printf "
      "'tok\\033[31men=SECRET-CANARY-escape\\n'; stay");
  command_line(R"(case "$1" in health) echo '{"ok":true,"channels":{},"plugins":{"loaded":[],"errors":)"
               R"([{"id":"line","error":"refused SECRET-CANARY-dotenv, password=SECRET-CANARY-error"}]}}';;)"
               R"( config) echo '{"valid":true}';; esac)");
  const std::string answer = boot().dump();
  EXPECT_THAT(answer, AllOf(HasSubstr("bare *** ***"), HasSubstr("refused ***, password=***")));
  EXPECT_THAT(answer, Not(HasSubstr("SECRET-CANARY")));
}

TEST_F(Booting, GivesUpOneThatIsNotReadyInTime) {
  HttpServer starting{{{"/healthz", json_answer(200, R"({"ok":true,"status":"live"})")},
                       {"/readyz", json_answer(503, R"({"ready":false,"failing":["telegram"]})")}}};
  test_support::RecordingNotifier notifier;
  const auto result = workers::boot({state.place(), openclaw::as_given({{"PATH", "/usr/bin:/bin"}}),
                                     release.path(), "/bin/sh", "2026.9.6", work.path(), starting.port(), 1s},
                                    notifier);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_FALSE((*result)["ready"]);
  EXPECT_EQ(json({"telegram"}), (*result)["failing"]);
  EXPECT_EQ(0, (*result)["ready_after_ms"]);
  EXPECT_THAT(work.names(), IsEmpty());
}

TEST_F(Booting, HasNothingToDoWithoutAConfig) {
  ASSERT_EQ(0, ::unlink(state.folder.path(".openclaw/openclaw.json").c_str()));
  EXPECT_EQ(json({{"config_absent", true}}), boot());
}

TEST_F(Booting, ReadsWhatTheGatewayPrintsWhileTheCommandLineIsAsked) {
  // More than a pipe can contain: a gateway that had to wait for a reader would never report that it stays.
  gateway(
      "i=0; while [ $i -lt 3000 ]; do echo 'a line of some length, as gateways print them, 80 bytes'; "
      "i=$((i+1)); done; stay");
  command_line("[ -e " + release.path("stays") + " ] && echo '{\"ok\":true,\"channels\":{},\"valid\":true}'");
  EXPECT_TRUE(boot()["rpc"]["ok"]);
}

TEST(CanaryRequest, NamesTheMemberThatIsMissingOrOutOfItsRange) {
  const json whole = {{"state_directory", "/var/lib/openclaw"}, {"package", "/p"}, {"node", "/n"},
                      {"expected_version", "2026.9.6"},         {"port", 18789},   {"deadline_s", 300}};
  test_support::RecordingNotifier notifier;
  const auto instance = contract::parse_instance("20260101T000000Z-cafe.boot");
  ASSERT_TRUE(instance);
  const auto complaint = [&](const json& request) {
    const auto answer = workers::boot_canary({*instance, request, notifier});
    return answer ? std::string() : answer.error().message;
  };
  for (const auto& [name, value] : whole.items()) {
    json less = whole;
    less.erase(name);
    EXPECT_THAT(complaint(less), HasSubstr("\"" + name + "\""));
  }
  for (const char* const name : {"port", "deadline_s"}) {
    json wrong = whole;
    wrong[name] = 0;
    EXPECT_THAT(complaint(wrong), HasSubstr(std::string("\"") + name + "\" must be 1 to "));
  }
}

TEST(CanaryProcess, IsEndedWithItsOwner) {
  const test_support::TemporaryDirectory folder;
  process::Command command;
  command.arguments = {"/bin/sh", "-c", "echo $$ > pid; exec sleep 60"};
  command.environment = {{"PATH", "/usr/bin:/bin"}};
  command.directory = folder.path();
  std::string pid;
  {
    const auto process = workers::CanaryProcess::start(command);
    ASSERT_TRUE(process) << process.error().message;
    for (int turn = 0; turn < 500 && pid.empty(); ++turn) {
      std::this_thread::sleep_for(10ms);
      if (folder.exists("pid")) pid = folder.read("pid");
    }
    EXPECT_TRUE(process->alive());
  }
  ASSERT_FALSE(pid.empty());
  EXPECT_NE(0, ::kill(std::stoi(pid), 0));
}

TEST(CanaryProcess, ThatIgnoresItsEndIsKilled) {
  process::Command command;
  command.arguments = {"/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"};
  command.environment = {{"PATH", "/usr/bin:/bin"}};
  command.directory = "/";
  auto process = workers::CanaryProcess::start(command);
  ASSERT_TRUE(process) << process.error().message;
  for (int turn = 0; turn < 500 && process->log().empty(); ++turn) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(128 + SIGKILL, process->stop(100ms));
  EXPECT_FALSE(process->alive());
  EXPECT_EQ(128 + SIGKILL, process->stop(100ms)) << "a second time it is what it was";
}

TEST(CanaryProcess, ThatCannotBeStartedIsAnError) {
  process::Command command;
  command.arguments = {"/nonexistent/node"};
  command.directory = "/";
  const auto process = workers::CanaryProcess::start(command);
  ASSERT_FALSE(process);
  EXPECT_THAT(process.error().message, HasSubstr("/nonexistent/node"));
}

}  // namespace
