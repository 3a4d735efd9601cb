// SPDX-License-Identifier: MIT
// The program with whose end the start job of a unit ends.
#include "watchdog/await_ready.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/support/http_server.hpp"
#include "support/recording_notifier.hpp"

namespace {

using namespace std::chrono_literals;
using test_support::HttpServer;
using test_support::json_answer;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

base::Result<bus::BusPointer> no_bus() {
  return base::fail(base::ErrorKind::unavailable, "no bus");
}

// A gateway whose unit is unknown.
watchdog::Where at(std::uint16_t port) {
  watchdog::Where where{"openclaw-gateway.service", port};
  where.sockets_of = [](const std::string&) {
    return base::Result<std::vector<systemd::ListeningSocket>>(
        base::fail(base::ErrorKind::unavailable, "not seen"));
  };
  return where;
}

TEST(AwaitReady, EndsAtOnceWhereTheGatewayIsReady) {
  const HttpServer server({{"/healthz", json_answer(200, R"({"ok":true,"status":"live"})")},
                           {"/readyz", json_answer(200, R"({"ready":true,"failing":[]})")}});
  test_support::RecordingNotifier recorder;
  const auto waited = watchdog::await_ready({at(server.port()), ::getpid(), 60s}, recorder, no_bus);
  ASSERT_TRUE(waited) << waited.error().message;
  EXPECT_EQ(0, watchdog::exit_status_of(waited->look));
  EXPECT_FALSE(waited->ended);
  EXPECT_THAT(recorder.said, Contains(HasSubstr("ready")));
}

TEST(AwaitReady, SaysWhatItWaitsForAndAsksForMoreTime) {
  const HttpServer server({{"/healthz", json_answer(200, R"({"ok":true,"status":"live"})")},
                           {"/readyz", json_answer(503, R"({"ready":false,"failing":["telegram"]})")}});
  test_support::RecordingNotifier recorder;
  const auto waited = watchdog::await_ready({at(server.port()), ::getpid(), 600ms}, recorder, no_bus);
  ASSERT_TRUE(waited) << waited.error().message;
  EXPECT_EQ(1, watchdog::exit_status_of(waited->look));
  EXPECT_THAT(recorder.said, Contains(HasSubstr("not ready: telegram")));
  EXPECT_GT(recorder.extended, 0);
}

TEST(AwaitReady, EndsWithTheProcessOfTheGateway) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ASSERT_EQ(child, ::waitpid(child, nullptr, 0));
  test_support::RecordingNotifier recorder;
  const auto waited = watchdog::await_ready({at(1), child, 60s}, recorder, no_bus);
  ASSERT_TRUE(waited) << waited.error().message;
  EXPECT_TRUE(waited->ended);
  EXPECT_EQ(2, watchdog::exit_status_of(waited->look));
  EXPECT_THAT(recorder.said, IsEmpty());
}

TEST(AwaitReady, FindsAGatewayThatListensElsewhere) {
  const HttpServer server({{"/healthz", json_answer(200, R"({"ok":true,"status":"live"})")},
                           {"/readyz", json_answer(200, R"({"ready":true,"failing":[]})")}});
  test_support::RecordingNotifier recorder;
  watchdog::Where where = at(1);
  where.unit = "openclaw-gateway.service";
  where.sockets_of = [&](const std::string&) {
    return base::Result<std::vector<systemd::ListeningSocket>>({{"127.0.0.1", server.port(), 0, 0, 0}});
  };
  // The process of a gateway belongs to a unit; this one may not, so its group is given.
  where.control_group = "/system.slice/openclaw-gateway.service";
  const auto waited = watchdog::await_ready({where, 0, 600ms}, recorder, no_bus);
  ASSERT_TRUE(waited) << waited.error().message;
  EXPECT_EQ(0, watchdog::exit_status_of(waited->look));
  EXPECT_THAT(recorder.said,
              Contains(HasSubstr("ready on http://127.0.0.1:" + std::to_string(server.port()))));
}

TEST(AwaitReady, KnowsTheControlGroupOfAProcess) {
  EXPECT_EQ(watchdog::control_group_in("0::/system.slice/openclaw-gateway.service\n"),
            "/system.slice/openclaw-gateway.service");
  EXPECT_EQ(
      watchdog::control_group_in("1:name=systemd:/system.slice/x.service\n0::/system.slice/x.service\n"),
      "/system.slice/x.service");
  EXPECT_EQ(watchdog::control_group_in("0::/\n"), "");
  EXPECT_EQ(watchdog::control_group_in("4:memory:/a\n"), "");
}

}  // namespace
