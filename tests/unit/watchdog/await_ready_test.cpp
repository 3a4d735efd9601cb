// The start job of a unit ends when this does.
#include "watchdog/await_ready.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/recording_notifier.hpp"
#include "workers/support/http_server.hpp"

namespace {

using namespace std::chrono_literals;
using test_support::HttpServer;
using test_support::json_answer;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(AwaitReady, EndsAtOnceWhereTheGatewayIsReady) {
  const HttpServer server({{"/healthz", json_answer(200, R"({"ok":true,"status":"live"})")},
                           {"/readyz", json_answer(200, R"({"ready":true,"failing":[]})")}});
  test_support::RecordingNotifier recorder;
  const auto waited = watchdog::await_ready({server.port(), ::getpid(), 60s}, recorder);
  ASSERT_TRUE(waited) << waited.error().message;
  EXPECT_EQ(0, watchdog::exit_status_of(waited->look));
  EXPECT_FALSE(waited->ended);
  EXPECT_THAT(recorder.said, Contains(HasSubstr("ready")));
}

TEST(AwaitReady, SaysWhatItWaitsForAndAsksForMoreTime) {
  const HttpServer server({{"/healthz", json_answer(200, R"({"ok":true,"status":"live"})")},
                           {"/readyz", json_answer(503, R"({"ready":false,"failing":["telegram"]})")}});
  test_support::RecordingNotifier recorder;
  const auto waited = watchdog::await_ready({server.port(), ::getpid(), 600ms}, recorder);
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
  const auto waited = watchdog::await_ready({1, child, 60s}, recorder);
  ASSERT_TRUE(waited) << waited.error().message;
  EXPECT_TRUE(waited->ended);
  EXPECT_EQ(2, watchdog::exit_status_of(waited->look));
  EXPECT_THAT(recorder.said, IsEmpty());
}

}  // namespace
