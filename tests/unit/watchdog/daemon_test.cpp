// SPDX-License-Identifier: MIT
// The whole event loop, with a scripted service manager and a scripted gateway on a loopback port.
#include "watchdog/daemon.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <functional>
#include <optional>
#include <utility>

#include "bus/support/scripted_peer.hpp"
#include "fs/beneath.hpp"
#include "fs/refusals.hpp"
#include "http/support/http_server.hpp"
#include "http/support/tls_server.hpp"
#include "lock/kernel_lock.hpp"
#include "support/temporary_directory.hpp"

namespace {

using namespace std::chrono_literals;
using base::ErrorKind;
using bus_tests::ScriptedPeer;
using fs::syscalls::Call;
using test_support::HttpServer;
using test_support::json_answer;
using test_support::Refusals;
using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* job = "/org/freedesktop/systemd1/job/7";

class Events final : public systemd::EventSink {
 public:
  std::vector<std::string> messages;
  std::function<void(const std::string&)> on_message = [](const std::string&) {};
  void send(const systemd::Event& event) override {
    messages.push_back(event.message);
    on_message(event.message);
  }
};

class Daemon : public testing::Test {
 protected:
  Daemon() {
    // Before the thread of the peer is created, because it inherits the mask.
    sigset_t handled;
    sigemptyset(&handled);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGALRM}) sigaddset(&handled, number);
    ::sigprocmask(SIG_BLOCK, &handled, nullptr);
    settings.watchdog.interval = 1s;
    peer.unit = [this](sd_bus_message* reply) {
      const bool started = peer.calls["StartUnit"] > 0;
      const std::string state = started ? "active" : down;
      for (const auto& [name, value] :
           {std::pair<const char*, std::string>{"LoadState", "loaded"},
            {"ActiveState", state},
            {"SubState", started            ? "running"
                         : down == "failed" ? "failed"
                                            : "dead"},
            {"Result", started || down != "failed" ? "success" : "start-limit-hit"}}) {
        sd_bus_message_append(reply, "{sv}", name, "s", value.c_str());
      }
      sd_bus_message_append(reply, "{sv}", "MainPID", "u", started ? 4711U : 0U);
      sd_bus_message_append(reply, "{sv}", "ControlGroup", "s",
                            started ? "/system.slice/openclaw.service" : "");
      return sd_bus_message_append(reply, "{sv}", "InvocationID", "ay", 2, started ? 2 : 1, 0xab);
    };
    peer.answers["Get"] = [](sd_bus_message* call) {
      return sd_bus_reply_method_return(call, "v", "s", "running");
    };
    peer.answers["StartUnit"] = [](sd_bus_message* call) {
      sd_bus_reply_method_return(call, "o", job);
      return ScriptedPeer::job_removed(call, job, "done");
    };
  }

  static void end() { ::kill(::getpid(), SIGTERM); }
  base::Result<std::vector<watchdog::Watched>> watched() const {
    return std::vector<watchdog::Watched>{{"", settings}};
  }
  base::Result<void> run(const bus::Connector& connector) {
    const watchdog::Setup setup{.load = [this] { return watched(); },
                                .sink = events,
                                .connector = connector,
                                .state_directory = folder.path(),
                                .update_directory = folder.path("updates"),
                                .sockets_of =
                                    [this](const std::string&) {
                                      return base::Result<std::vector<systemd::ListeningSocket>>(sockets);
                                    }};
    return watchdog::run(setup);
  }
  // Runs until the condition holds, or for a long time at most.
  void run_until(const std::function<bool()>& holds) {
    settings.watchdog.metrics = folder.path("openclaw.prom");
    std::thread watcher([&] {
      for (int i = 0; i < 500 && !holds(); ++i) std::this_thread::sleep_for(20ms);
      end();
    });
    const auto ended = run(peer.connector());
    watcher.join();
    EXPECT_TRUE(ended);
  }
  [[nodiscard]] bool is_ready_by_the_metrics() const {
    if (::access(folder.path("openclaw.prom").c_str(), F_OK) != 0) return false;
    return folder.read("openclaw.prom").find("openclaw_gateway_ready 1\n") != std::string::npos;
  }
  [[nodiscard]] bool owes_nothing() const {
    return folder.read("memory.json").find(R"("start_owed":"")") != std::string::npos;
  }
  // A unit whose process runs and listens nowhere any more; stopped, and started anew, as it is told.
  void runs_without_listening() {
    settings.gateway.unit = "openclaw.service";
    settings.watchdog.start_patience = 2s;
    watchdog::Memory earlier;
    earlier.has_answered = true;
    ASSERT_TRUE(watchdog::write_memory(folder.path(), earlier));
    peer.unit = [this](sd_bus_message* reply) {
      const bool started = peer.calls["StartUnit"] > 0;
      const bool runs = started || peer.calls["StopUnit"] == 0;
      sd_bus_message_append(reply, "{sv}", "LoadState", "s", "loaded");
      sd_bus_message_append(reply, "{sv}", "ActiveState", "s", runs ? "active" : "inactive");
      sd_bus_message_append(reply, "{sv}", "SubState", "s", runs ? "running" : "dead");
      sd_bus_message_append(reply, "{sv}", "MainPID", "u", runs ? 4711U : 0U);
      sd_bus_message_append(reply, "{sv}", "ControlGroup", "s", runs ? "/system.slice/openclaw.service" : "");
      return sd_bus_message_append(reply, "{sv}", "InvocationID", "ay", 2, started ? 2 : 1, 0xab);
    };
  }
  // Stopped for a restart by an earlier watchdog, and each start fails for another unit.
  void needs_what_does_not_start() {
    settings.gateway.unit = "openclaw.service";
    watchdog::Memory earlier;
    earlier.start_owed = "openclaw.service";
    ASSERT_TRUE(watchdog::write_memory(folder.path(), earlier));
    peer.unit = [](sd_bus_message* reply) {
      sd_bus_message_append(reply, "{sv}", "LoadState", "s", "loaded");
      sd_bus_message_append(reply, "{sv}", "ActiveState", "s", "inactive");
      sd_bus_message_append(reply, "{sv}", "SubState", "s", "dead");
      return sd_bus_message_append(reply, "{sv}", "InvocationID", "ay", 2, 1, 0xab);
    };
    peer.answers["StartUnit"] = [](sd_bus_message* call) {
      sd_bus_reply_method_return(call, "o", job);
      return ScriptedPeer::job_removed(call, job, "dependency");
    };
  }
  void listens_on(std::uint16_t port) { sockets = {{"127.0.0.1", port, 0, 0, 0}}; }

  test_support::TemporaryDirectory folder;
  config::Settings settings;
  std::vector<systemd::ListeningSocket> sockets;  // of the unit
  std::string down = "failed";                    // the unit, before it is started
  ScriptedPeer peer;
  Events events;
};

TEST_F(Daemon, StartsAGatewayWhoseStartLimitHasLatchedAndSaysWhenItIsReady) {
  const HttpServer gateway({{"/healthz", json_answer(200, R"({"ok":true,"status":"live"})")},
                            {"/readyz", json_answer(200, R"({"ready":true,"failing":[]})")}});
  settings.gateway.unit = "openclaw.service";
  settings.gateway.port = gateway.port();
  listens_on(gateway.port());
  run_until([this] { return is_ready_by_the_metrics(); });
  EXPECT_EQ(peer.calls["ResetFailedUnit"], 1);
  EXPECT_EQ(peer.calls["StartUnit"], 1);
  EXPECT_EQ(peer.calls["StopUnit"], 0);
  EXPECT_THAT(events.messages, Contains(StartsWith("starting openclaw.service: has failed (")));
  EXPECT_THAT(folder.read("openclaw.prom"), HasSubstr("openclaw_gateway_ready 1\n"));
  EXPECT_THAT(folder.read("openclaw.prom"), HasSubstr("openclaw_watchdog_restarts_total 1\n"));
  EXPECT_THAT(folder.read("memory.json"), HasSubstr("\"restarts_total\":1"));
}

// Of memory.json, only the first so many attempts fail.
Refusals::Rule no_memory(int attempts) {
  return [attempts](Call, std::string_view name) mutable {
    return name == "memory.json" && attempts-- > 0 ? EIO : 0;
  };
}

TEST_F(Daemon, StartsAGatewayThatWasStoppedForARestartAsSoonAsItsRecordCanBeRead) {
  settings.gateway.unit = "openclaw.service";
  down = "inactive";
  watchdog::Memory earlier;
  earlier.start_owed = "openclaw.service";
  ASSERT_TRUE(watchdog::write_memory(folder.path(), earlier));
  std::atomic<bool> starts = false;
  events.on_message = [&](const std::string& message) {
    if (message.starts_with("starting openclaw.service: was stopped for a restart")) starts = true;
  };
  const Refusals refused(no_memory(1));
  run_until([&] { return starts.load(); });
  EXPECT_TRUE(starts);
  EXPECT_THAT(events.messages, Contains(StartsWith("the record of past actions cannot be read")).Times(1));
}

TEST_F(Daemon, DoesNotWriteOverARecordThatItCouldNotRead) {
  settings.gateway.unit = "openclaw.service";
  watchdog::Memory earlier;
  earlier.restarts_total = 12;
  ASSERT_TRUE(watchdog::write_memory(folder.path(), earlier));
  const std::string whole = folder.read("memory.json");
  std::atomic<bool> starts = false;
  events.on_message = [&](const std::string& message) {
    if (message.starts_with("starting openclaw.service: has failed")) starts = true;
  };
  const Refusals refused(no_memory(1'000'000));
  run_until([&] { return starts.load(); });
  EXPECT_TRUE(starts);
  EXPECT_EQ(folder.read("memory.json"), whole);
}

TEST_F(Daemon, StopsAndStartsAGatewayThatDoesNotListenAnyMore) {
  runs_without_listening();
  peer.answers["StopUnit"] = [](sd_bus_message* call) {
    sd_bus_reply_method_return(call, "o", job);
    return ScriptedPeer::job_removed(call, job, "done");
  };
  run_until([this] { return peer.calls["StartUnit"] > 0 && owes_nothing(); });
  EXPECT_EQ(peer.calls["StopUnit"], 1);
  EXPECT_EQ(peer.calls["StartUnit"], 1);
}

TEST_F(Daemon, StartsNothingInAnUpdateThatBeginsDuringItsStop) {
  runs_without_listening();
  folder.write("updates/counter");
  const auto updates = fs::open_directory(folder.path("updates"));
  ASSERT_TRUE(updates);
  std::optional<lock::KernelLock> updater;
  peer.answers["StopUnit"] = [&](sd_bus_message* call) {
    if (auto held = lock::KernelLock::acquire(updates->get(), "lock")) updater.emplace(std::move(*held));
    sd_bus_reply_method_return(call, "o", job);
    return ScriptedPeer::job_removed(call, job, "done");
  };
  std::atomic<bool> told = false;
  events.on_message = [&](const std::string& message) {
    if (message.starts_with("openclaw.service is left to an update")) told = true;
  };
  run_until([&] { return told || peer.calls["StartUnit"] > 0; });
  EXPECT_TRUE(told);
  EXPECT_EQ(peer.calls["StartUnit"], 0);
  EXPECT_THAT(folder.read("memory.json"), HasSubstr(R"("start_owed":"openclaw.service")"));
}

TEST_F(Daemon, StillOwesTheStartOfAGatewayThatNeedsAnotherUnit) {
  needs_what_does_not_start();
  std::atomic<bool> told = false;
  events.on_message = [&](const std::string& message) {
    if (message.find("ended with \"dependency\"; it is tried again") != std::string::npos) told = true;
  };
  run_until([&] { return told.load(); });
  EXPECT_TRUE(told);
  EXPECT_THAT(folder.read("memory.json"), HasSubstr(R"("start_owed":"openclaw.service")"));
}

// systemctl stop of a unit that is down is a job, too.
TEST_F(Daemon, OwesNoStartAfterAnOperatorHasStoppedAGatewayThatIsDown) {
  needs_what_does_not_start();
  peer.answers["StartUnit"] = [](sd_bus_message* call) {
    sd_bus_reply_method_return(call, "o", job);
    ScriptedPeer::job_removed(call, job, "dependency");
    return ScriptedPeer::job_removed(call, "/org/freedesktop/systemd1/job/8", "done");
  };
  run_until([this] { return owes_nothing(); });
  EXPECT_TRUE(owes_nothing());
  EXPECT_EQ(peer.calls["StartUnit"], 1);
}

TEST_F(Daemon, FindsAGatewayWithTlsOnAnotherPortThanTheConfiguredOne) {
  const std::map<std::string, test_support::Canned> answers{
      {"/healthz", json_answer(200, R"({"ok":true,"status":"live"})")},
      {"/readyz", json_answer(200, R"({"ready":true,"failing":[]})")}};
  const HttpServer stranger(answers);
  const test_support::TlsServer gateway(answers);
  settings.gateway.unit = "openclaw.service";
  settings.gateway.port = stranger.port();
  listens_on(gateway.port());
  run_until([this] { return is_ready_by_the_metrics(); });
  EXPECT_THAT(folder.read("openclaw.prom"),
              HasSubstr("endpoint=\"https://127.0.0.1:" + std::to_string(gateway.port()) + "\""));
  EXPECT_THAT(stranger.requests(), testing::IsEmpty());
}

TEST_F(Daemon, DoesNotTakeAnotherProgramOnTheConfiguredPortForTheGateway) {
  const HttpServer stranger({{"/healthz", json_answer(200, R"({"ok":true,"status":"live"})")},
                             {"/readyz", json_answer(200, R"({"ready":true,"failing":[]})")}});
  settings.gateway.unit = "openclaw.service";
  settings.gateway.port = stranger.port();
  settings.watchdog.start_patience = 2s;
  std::atomic<bool> told = false;
  events.on_message = [&](const std::string& message) {
    if (message.find("has not become live within") != std::string::npos) told = true;
  };
  run_until([&] { return told || is_ready_by_the_metrics(); });
  EXPECT_THAT(events.messages, Contains(HasSubstr("no process of its unit listens on a TCP port")));
  EXPECT_THAT(folder.read("openclaw.prom"), HasSubstr("openclaw_gateway_ready 0\n"));
  EXPECT_THAT(stranger.requests(), testing::IsEmpty());
  EXPECT_EQ(peer.calls["StopUnit"], 0);
}

TEST_F(Daemon, SaysThatThereIsNoServiceManagerAndEndsWhenItIsTold) {
  events.on_message = [](const std::string&) { end(); };
  const auto ended = run(
      [] { return base::Result<bus::BusPointer>(base::fail(ErrorKind::unavailable, "no systemd here")); });
  EXPECT_TRUE(ended);
  EXPECT_THAT(events.messages, testing::ElementsAre(StartsWith("no systemd here; the watchdog tries again")));
}

TEST_F(Daemon, KeepsItsSettingsWhenNewOnesAreWrong) {
  bool wrong = false;
  events.on_message = [&](const std::string& message) {
    if (message.starts_with("no systemd")) {
      wrong = true;
      ::kill(::getpid(), SIGHUP);
    } else {
      end();
    }
  };
  const watchdog::Setup setup{
      .load = [&]() -> base::Result<std::vector<watchdog::Watched>> {
        if (wrong) return base::fail(ErrorKind::bad_input, "helpers.ini:2: nonsense");
        return watched();
      },
      .sink = events,
      .connector =
          [] { return base::Result<bus::BusPointer>(base::fail(ErrorKind::unavailable, "no systemd here")); },
      .state_directory = folder.path(),
      .update_directory = folder.path("updates")};
  EXPECT_TRUE(watchdog::run(setup));
  EXPECT_THAT(events.messages, Contains("the settings are unchanged: helpers.ini:2: nonsense"));
}

TEST_F(Daemon, DoesNotBeginWithSettingsThatAreWrong) {
  const watchdog::Setup setup{.load =
                                  [] {
                                    return base::Result<std::vector<watchdog::Watched>>(
                                        base::fail(ErrorKind::bad_input, "helpers.ini:2: nonsense"));
                                  },
                              .sink = events};
  const auto ended = watchdog::run(setup);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::bad_input);
}

}  // namespace
