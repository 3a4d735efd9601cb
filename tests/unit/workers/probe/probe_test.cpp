// SPDX-License-Identifier: MIT
#include "workers/probe/probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/text.hpp"
#include "fs/file.hpp"
#include "fs/refusals.hpp"
#include "http/support/http_server.hpp"
#include "support/recording_notifier.hpp"
#include "support/temporary_directory.hpp"
#include "workers/probe/answers.hpp"
#include "workers/probe/command.hpp"
#include "workers/probe/process.hpp"
#include "workers/probe/report.hpp"
#include "workers/probe/wait.hpp"

namespace {

using namespace std::chrono_literals;
using test_support::TemporaryDirectory;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace workers;
using contract::GatewayReport;
using openclaw::GatewayHealth;

// A child process with a variable of a unit, alive until the test ends.
class Child {
 public:
  Child() {
    pid_ = ::fork();
    if (pid_ == 0) {
      const char* argv[] = {"sleep", "60", "0.00047114711", nullptr};
      const char* envp[] = {"SLACK_BOT_TOKEN=xoxb=secret", "HOME=/nowhere", "bad name=x", "title", nullptr};
      ::execve("/bin/sleep", const_cast<char**>(argv), const_cast<char**>(envp));
      ::_exit(127);
    }
    for (int i = 0; i < 500 && !has_started(); ++i) ::usleep(10'000);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { end(); }
  void kill() const { ::kill(pid_, SIGKILL); }
  void end() {
    if (pid_ <= 0) return;
    kill();
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  [[nodiscard]] bool has_started() const {
    const auto text = fs::read_trusted_file("/proc/" + std::to_string(pid_) + "/comm");
    return text && *text == "sleep\n";
  }
  pid_t pid_ = -1;
};

TEST(GatewayProcess, NamesOfItsVariablesAreToldAndNoValues) {
  const Child child;
  const auto process = GatewayProcess::open(child.pid());
  ASSERT_TRUE(process);
  EXPECT_THAT(process->environment_names().value(), ElementsAre("HOME", "SLACK_BOT_TOKEN"));
}

// Environment= of the unit itself is set for the gateway, but not for any worker.
TEST(GatewayProcess, ItsValuesAndArgumentsAreKnownAsSecrets) {
  const Child child;
  const auto process = GatewayProcess::open(child.pid());
  ASSERT_TRUE(process);
  base::Redaction redaction;
  process->add_secrets_to(redaction);
  EXPECT_EQ(redaction.applied("invalid_auth xoxb=secret in /nowhere, 0.00047114711 is wrong"),
            "invalid_auth *** in /nowhere, *** is wrong");
}

TEST(GatewayProcess, NamesAreFoundWhereverThePiecesOfTheBlockEnd) {
  const std::string block("B=1=2\0A=\0B=3\0=x\0tail", 20);
  for (std::size_t size = 1; size <= block.size(); ++size) {
    EnvironmentNames names;
    for (std::size_t at = 0; at < block.size(); at += size)
      names.feed(std::string_view(block).substr(at, size));
    EXPECT_THAT(names.take(), ElementsAre("A", "B")) << size;
  }
}

TEST(GatewayProcess, IsNotAliveOnceItExitedEvenBeforeItIsReaped) {
  Child child;
  const auto process = GatewayProcess::open(child.pid());
  ASSERT_TRUE(process);
  EXPECT_TRUE(process->alive());
  child.kill();
  for (int i = 0; i < 500 && process->alive(); ++i) ::usleep(10'000);
  EXPECT_FALSE(process->alive());
  EXPECT_EQ(process->environment_names().error().kind, base::ErrorKind::not_found);
  child.end();
  EXPECT_FALSE(process->alive());
}

// With EMFILE, ENFILE or ENOMEM the kernel does not say; here a link that leads to itself, and a folder,
// cannot be read either.
TEST(GatewayProcess, IsAliveAsLongAsTheKernelDoesNotSayThatItHasEnded) {
  const TemporaryDirectory proc;
  proc.mkdir("77");
  ASSERT_EQ(::symlink("stat", proc.path("77/stat").c_str()), 0);
  const auto process = GatewayProcess::open(77, proc.path());
  ASSERT_TRUE(process) << process.error().message;
  EXPECT_TRUE(process->alive());
  ::unlink(proc.path("77/stat").c_str());
  EXPECT_FALSE(process->alive());
  proc.mkdir("77/stat");
  EXPECT_TRUE(process->alive());
}

TEST(GatewayProcess, OfAnotherUserIsRefused) {
  if (::geteuid() != 0) {
    EXPECT_EQ(GatewayProcess::open(1).error().kind, base::ErrorKind::refused);
    return;
  }
  const TemporaryDirectory proc;
  proc.mkdir("77");
  ASSERT_EQ(::chown(proc.path("77").c_str(), 12345, 12345), 0);
  const auto process = GatewayProcess::open(77, proc.path());
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().kind, base::ErrorKind::refused);
  EXPECT_THAT(process.error().message, HasSubstr("belongs to user 12345"));
}

TEST(ProbePort, ReportsWhetherAProcessListensWhileTheGatewayIsDown) {
  test_support::RecordingNotifier notifier;
  std::uint16_t port = 0;
  const auto listens = [&] {
    const nlohmann::json request = {{"port", port}};
    const auto answer = workers::probe_port({{}, request, notifier});
    EXPECT_TRUE(answer) << answer.error().message;
    return answer && (*answer)["listens"].get<bool>();
  };
  {
    // Not HTTP, so it may be any program.
    const test_support::HttpServer server({}, {"220 ready\r\n", test_support::Canned::Manner::plain});
    port = server.port();
    EXPECT_TRUE(listens());
  }
  EXPECT_FALSE(listens());
  EXPECT_FALSE(workers::probe_port({{}, {{"port", 0}}, notifier}));
}

// A running gateway with the plugin slack, which its package bundles, and no config.
class ProbeBaseline : public testing::Test {
 protected:
  ProbeBaseline() {
    folder_.write("package/package.json", R"({"name":"openclaw","version":"2026.9.6"})");
    folder_.write("package/dist/extensions/slack/openclaw.plugin.json", R"({"id":"slack"})");
    folder_.write("node", R"(#!/bin/sh
      case "$2" in
        health) echo '{"ok":true,"channels":{},"plugins":{"loaded":["slack"],"errors":[]}}' ;;
        *) echo '{"valid":true,"enabled":true,"jobs":1,"auth":{}}' ;;
      esac)",
                  0755);
    use_config(folder_.path("openclaw.json"));
  }
  ~ProbeBaseline() override {
    ::unsetenv("OPENCLAW_CONFIG_PATH");
    ::unsetenv("OPENCLAW_STATE_DIR");
  }
  static void use_config(const std::string& path) { ::setenv("OPENCLAW_CONFIG_PATH", path.c_str(), 1); }

  nlohmann::json report() {
    test_support::RecordingNotifier notifier;
    const nlohmann::json request = {{"port", server_.port()},
                                    {"main_pid", child_.pid()},
                                    {"package", folder_.path("package")},
                                    {"node", folder_.path("node")}};
    const auto report = workers::probe_baseline({{}, request, notifier});
    EXPECT_TRUE(report) << report.error().message;
    return report ? *report : nlohmann::json();
  }
  nlohmann::json plugins() {
    const auto plugins = report()["plugins"];
    EXPECT_EQ(plugins["loaded"], nlohmann::json({"slack"}));
    return plugins;
  }

  const Child child_;
  const TemporaryDirectory folder_;
  const test_support::HttpServer server_{
      {{"/healthz", test_support::json_answer(200, R"({"ok":true,"status":"live"})")},
       {"/readyz", test_support::json_answer(200, R"({"ready":true,"failing":[]})")}}};
};

TEST_F(ProbeBaseline, KnowsThePluginsAndWhichOnesThePackageBundles) {
  const auto known = plugins();
  EXPECT_EQ(known["known"], true);
  EXPECT_EQ(known["bundled"], nlohmann::json({"slack"}));
}

TEST_F(ProbeBaseline, DoesNotKnowThePluginsWhereTheDiskDoesNotShowThePackage) {
  const test_support::Refusals refused(
      [](fs::syscalls::Call, std::string_view name) { return name == "dist/extensions" ? EIO : 0; });
  EXPECT_EQ(plugins()["known"], false);
}

// This file of the kernel's is a regular one whose first bytes cannot be read (EIO).
TEST_F(ProbeBaseline, DoesNotKnowThePluginsWhereTheDiskDoesNotShowTheConfig) {
  use_config("/proc/self/mem");
  EXPECT_EQ(plugins()["known"], false);
}

TEST_F(ProbeBaseline, SaysWhichFileOfVariablesTheDiskDoesNotShow) {
  ::setenv("OPENCLAW_STATE_DIR", folder_.path().c_str(), 1);
  EXPECT_FALSE(report().contains("environment_unknown"));
  folder_.symlink("/proc/self/mem", ".env");
  EXPECT_THAT(report().value("environment_unknown", ""),
              AllOf(HasSubstr(folder_.path(".env")), HasSubstr("Input/output error")));
}

TEST(ProbeAnswers, HealthTellsPluginsTheirErrorsAndTheConfiguredChannels) {
  const auto facts = read_health_answer(nlohmann::json::parse(
      R"({"plugins":{"loaded":["slack",3,"browser"],"errors":[{"id":"acpx","error":"Cannot find module"},{"x":1}]},
          "channels":{"slack":{"configured":true},"telegram":{"configured":false},"irc":{}}})"));
  EXPECT_TRUE(facts.plugins.known);
  EXPECT_THAT(facts.plugins.loaded, ElementsAre("slack", "browser"));
  ASSERT_EQ(facts.plugins.errors.size(), 1U);
  EXPECT_EQ(facts.plugins.errors[0].error, "Cannot find module");
  EXPECT_THAT(facts.channels, ElementsAre("irc", "slack"));
}

TEST(ProbeAnswers, AFailureIsToldInTheCommandsOwnWords) {
  EXPECT_EQ(failure_of(R"-({"ok":false,"error":{"type":"x","message":"gateway closed (1011)"}})-", "noise"),
            "gateway closed (1011)");
  EXPECT_EQ(
      failure_of("", "[openclaw] Could not start the CLI.\n[openclaw] Reason: pairing required\nTry: x\n"),
      "pairing required");
  EXPECT_EQ(failure_of("", "first\n last \n\n"), "last");
  EXPECT_EQ(failure_of("", ""), "");
}

TEST(ProbeAnswers, TheVersionIsThatOfTheGatewayAndNotOfItsClients) {
  const auto list = nlohmann::json::parse(
      R"([{"version":"dev","reason":"connect"},{"version":"2026.5.12","reason":"self"}])");
  EXPECT_EQ(read_own_version(list), "2026.5.12");
}

// `script` replaces node: its arguments are in "$@".
CommandSetting with_node(const TemporaryDirectory& folder, const std::string& script) {
  return {folder.write("node", "#!/bin/sh\n" + script, 0755),
          "/package",
          18789,
          {{"PATH", "/usr/bin:/bin"}, {"NOTIFY_SOCKET", "/run/x"}, {"HTTP_PROXY", "http://proxy"}},
          60s};
}

TEST(ProbeCommand, RunsThePackagesEntryWithThePortAndWithoutWhatSystemdToldTheWorker) {
  const TemporaryDirectory folder;
  const ProbeCommand command(with_node(folder, "echo \"$@\"; env; echo said >&2\n"), nullptr);
  const auto answer = command.run({"health", "--json"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->succeeded());
  EXPECT_THAT(answer->answer, HasSubstr("/package/openclaw.mjs health --json"));
  EXPECT_THAT(answer->answer, HasSubstr("OPENCLAW_GATEWAY_PORT=18789"));
  EXPECT_THAT(answer->answer, Not(HasSubstr("NOTIFY_SOCKET")));
  EXPECT_THAT(answer->answer, Not(HasSubstr("PROXY")));
  EXPECT_THAT(answer->messages, HasSubstr("said"));
}

TEST(ProbeCommand, EndsWhenItsTimeIsOverHoweverBusyItIs) {
  const TemporaryDirectory folder;
  auto setting = with_node(folder, "while :; do echo busy; done\n");
  setting.timeout = 1s;
  const auto answer = ProbeCommand(setting, nullptr).run({"health"});
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->ended);
}

TEST(ProbeCommand, EndsWhenTheGatewayDoes) {
  const TemporaryDirectory folder;
  const auto answer = ProbeCommand(with_node(folder, "exec sleep 30\n"), [] { return true; }).run({"health"});
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->ended);
}

enum class Pace { one_at_a_time, two_at_a_time };
GatewayReport ask_at(Pace pace, const TemporaryDirectory& folder, const std::string& script,
                     GatewayReport report = {}) {
  const ProbeCommand command(with_node(folder, script), nullptr);
  ask_gateway(
      command, pace == Pace::two_at_a_time ? begin_config_and_models(command) : std::nullopt,
      [](const std::string&, std::chrono::seconds) {}, report);
  return report;
}

// The same at any pace.
GatewayReport ask_with(const TemporaryDirectory& folder, const std::string& script) {
  auto report = ask_at(Pace::one_at_a_time, folder, script);
  EXPECT_EQ(to_json(ask_at(Pace::two_at_a_time, folder, script), {}), to_json(report, {}));
  return report;
}

TEST(ProbeReport, OfTwoQueriesAtATimeNeitherWaitsForTheOther) {
  const TemporaryDirectory folder;
  const auto report = ask_at(Pace::two_at_a_time, folder, R"(case "$2" in
    health) until [ -e "$0.models" ]; do sleep 0.01; done; echo '{"ok":true,"channels":{"irc":{}}}' ;;
    models) : >"$0.models"; echo '{"defaultModel":"x"}' ;;
    *) echo '{"valid":true,"enabled":true,"jobs":1}' ;;
  esac)");
  EXPECT_TRUE(report.rpc.ok && report.cron.ok && report.models.ok && report.config.ok);
  EXPECT_THAT(report.channels, ElementsAre("irc"));
}

TEST(ProbeReport, AsksAgainWhatAProcessThatWasKilledHadToAsk) {
  const TemporaryDirectory folder;
  const auto report = ask_at(Pace::two_at_a_time, folder, R"(case "$2" in
    config) [ -e "$0.killed" ] || { : >"$0.killed"; kill -KILL $PPID; }; echo '{"valid":true}' ;;
    models) echo '{"auth":{}}' ;;
    *) echo '{"ok":true,"channels":{},"enabled":true}' ;;
  esac)");
  EXPECT_TRUE(folder.exists("node.killed"));
  EXPECT_TRUE(report.config.ok && report.models.ok);
}

TEST(ProbeReport, ADeadRpcIsToldAndTheConfigStillAsked) {
  const TemporaryDirectory folder;
  const auto report = ask_with(folder, R"(case "$2" in
    config) echo '{"valid":false,"issues":[{"path":"gateway.port","message":"got hunter2"}]}'; exit 1 ;;
    models) echo '{"defaultModel":"x"}' ;;
    *) echo '[openclaw] Reason: gateway closed (1011)' >&2; exit 1 ;;
  esac)");
  EXPECT_TRUE(report.rpc.known);
  EXPECT_FALSE(report.rpc.ok);
  EXPECT_EQ(report.rpc.detail, "gateway closed (1011)");
  EXPECT_TRUE(report.config.known);
  EXPECT_FALSE(report.config.ok);
  EXPECT_EQ(report.config.detail, "gateway.port");
  EXPECT_FALSE(report.cron.known);
  EXPECT_TRUE(report.models.ok);
  EXPECT_THAT(to_json(report, {}).dump(), Not(HasSubstr("hunter2")));
}

constexpr const char* old_gateway = R"(case "$2" in
    health) echo '{"ok":true,"channels":{}}' ;;
    gateway) echo '[{"version":"2026.5.12","reason":"self"}]' ;;
    *) echo '{"valid":true,"enabled":true,"auth":{}}' ;;
  esac)";

TEST(ProbeReport, SaysInItsWordsNoneOfTheSecretsOfTheGateway) {
  GatewayReport report;
  base::Redaction secrets;
  secrets.add("SECRET-CANARY");
  report.detail = "bad SECRET-CANARY";
  report.plugins.errors = {{"slack", "invalid_auth SECRET-CANARY"}};
  report.rpc = report.cron = report.models = report.config = {true, false, "got SECRET-CANARY"};
  report.environment_keys = {"SLACK_BOT_TOKEN"};
  const std::string text = to_json(report, secrets).dump();
  EXPECT_THAT(text, Not(HasSubstr("SECRET-CANARY")));
  EXPECT_THAT(text, HasSubstr("SLACK_BOT_TOKEN"));
}

TEST(ProbeReport, TheVersionOfAnOldGatewayIsAskedOverItsRpc) {
  const TemporaryDirectory folder;
  EXPECT_EQ(ask_with(folder, old_gateway).version, "2026.5.12");
}

// A plugin in the process of the command may print anything, before and after the answer.
TEST(ProbeReport, AVersionThatALogLineClaimsIsNone) {
  const TemporaryDirectory folder;
  for (const char* order : {"chat; answer", "answer; chat"}) {
    const auto report = ask_with(folder, base::concat({R"(
      chat() { echo '[{"version":"2026.9.6","reason":"self"}]'; }
      answer() { echo '[{"version":"2026.5.12","reason":"self"}]'; }
      case "$2" in
        health) echo '{"ok":true,"channels":{}}' ;;
        gateway) )",
                                                       order, R"( ;;
        *) echo '{"valid":true,"enabled":true,"auth":{}}' ;;
      esac)"}));
    EXPECT_TRUE(report.rpc.ok);
    EXPECT_EQ(report.version, "") << order;
  }
}

TEST(ProbeReport, AVersionThatTheEnvironmentDictatesIsNoEvidence) {
  const TemporaryDirectory folder;
  GatewayReport report;
  report.environment_keys = {"HOME", "OPENCLAW_VERSION"};
  report = ask_at(Pace::one_at_a_time, folder, old_gateway, report);
  EXPECT_TRUE(report.rpc.ok);
  EXPECT_EQ(report.version, "");
}

// A gateway whose answers depend on the time: each entry is valid from that millisecond on.
struct Script {
  std::map<int, GatewayHealth> says;
  int dies_at = 1'000'000'000;
  int now = 0;
  std::vector<std::string> said = {};
  std::vector<int> settled_from = {};

  Waited wait(const Patience& patience) {
    return wait_until_ready(
        patience,
        {[&] { return std::prev(says.upper_bound(now))->second; }, [&] { return now < dies_at; },
         [&] { return std::chrono::milliseconds(now); },
         [&](std::chrono::milliseconds time) { now += int(time.count()); },
         [&](const std::string& status) { said.push_back(status); }, [&] { settled_from.push_back(now); }});
  }
};

GatewayHealth unreachable() {
  GatewayHealth health;
  health.detail = "nothing answers";
  return health;
}
GatewayHealth ready_as(const std::string& version) {
  GatewayHealth health;
  health.reachable = health.live = health.known = health.ready = true;
  health.version = version;
  return health;
}

TEST(WaitUntilReady, WaitsForASlowStartAndThenWatchesItForTheSettleTime) {
  Script script{{{0, unreachable()}, {240'000, ready_as("2026.9.6")}}};
  const auto seen = script.wait({"2026.9.6", 300s, 5s});
  EXPECT_TRUE(seen.ready);
  EXPECT_GE(script.now, 245'000);
  EXPECT_THAT(script.said, Contains(HasSubstr("not reachable yet")));
  EXPECT_THAT(script.said, Contains(HasSubstr("checking whether it stays ready")));
}

TEST(WaitUntilReady, StartsTheSettleTimeAnewWhenReadinessIsLost) {
  Script script{{{0, ready_as("")}, {3'000, unreachable()}, {4'000, ready_as("")}}};
  EXPECT_TRUE(script.wait({"", 60s, 5s}).ready);
  EXPECT_GE(script.now, 9'000);
  EXPECT_THAT(script.settled_from, ElementsAre(0, 4'000));
}

TEST(WaitUntilReady, GivesUpAtTheDeadline) {
  Script script{{{0, unreachable()}}};
  EXPECT_FALSE(script.wait({"", 10s, 5s}).ready);
  EXPECT_LT(script.now, 11'000);
  EXPECT_THAT(script.settled_from, IsEmpty());
}

TEST(WaitUntilReady, EndsWithTheProcess) {
  Script script{{{0, unreachable()}}, 2'000};
  const auto seen = script.wait({"", 300s, 5s});
  EXPECT_FALSE(seen.ready || seen.running);
  EXPECT_LE(script.now, 2'500);
}

TEST(WaitUntilReady, AReadyGatewayOfAnotherVersionIsNotWaitedForUntilTheDeadline) {
  Script script{{{0, ready_as("2026.9.5")}}};
  const auto seen = script.wait({"2026.9.6", 300s, 5s});
  EXPECT_FALSE(seen.ready);
  EXPECT_EQ(seen.health.version, "2026.9.5");
  EXPECT_LT(script.now, 20'000);
}

}  // namespace
