// The gateway asked within an event loop, over a real loopback socket.
#include "watchdog/health_probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "workers/support/http_server.hpp"

namespace {

using namespace std::chrono_literals;
using test_support::Canned;
using test_support::HttpServer;
using test_support::json_answer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;
using watchdog::Probe;

constexpr const char* live = R"({"ok":true,"status":"live"})";

class HealthProbe : public testing::Test {
 protected:
  HealthProbe() {
    sd_event* raw = nullptr;
    sd_event_new(&raw);
    loop.reset(raw);
  }
  Probe ask(std::uint16_t port, std::chrono::milliseconds time = 2s) {
    watchdog::HealthProbe probe(loop.get(), time);
    std::optional<Probe> found;
    probe.ask(port, [&](const Probe& answer) { found = answer; });
    for (int turn = 0; !found && turn < 10'000; ++turn) sd_event_run(loop.get(), 1'000'000);
    EXPECT_TRUE(found);
    return found.value_or(Probe{});
  }
  static std::map<std::string, Canned> healthy() {
    return {{"/healthz", json_answer(200, live)},
            {"/readyz", json_answer(200, R"({"ready":true,"failing":[]})")},
            {"/startupz", json_answer(200, R"({"ok":true,"status":"started","version":"2026.9.6"})")}};
  }
  watchdog::LoopPointer loop;
};

TEST_F(HealthProbe, AsksTheThreePathsOfAGatewayThatIsReady) {
  const HttpServer server(healthy());
  const Probe probe = ask(server.port());
  EXPECT_TRUE(probe.listening && probe.health.live && probe.health.ready);
  EXPECT_EQ(probe.health.version, "2026.9.6");
  EXPECT_THAT(server.requests(), ElementsAre(StartsWith("GET /healthz HTTP/1.0\r\n"),
                                             StartsWith("GET /readyz "), StartsWith("GET /startupz ")));
}

TEST_F(HealthProbe, AsksTheOlderNameWhereTheNewOneIsAPage) {
  auto routes = healthy();
  routes.erase("/readyz");
  routes.erase("/startupz");
  routes["/ready"] = json_answer(200, R"({"ready":true})");
  const HttpServer server(routes);
  EXPECT_TRUE(ask(server.port()).health.ready);
  EXPECT_THAT(server.requests(), SizeIs(4));
}

TEST_F(HealthProbe, TakesThePageOfTheControlUiForNoAnswer) {
  const HttpServer server({});
  const Probe probe = ask(server.port());
  EXPECT_TRUE(probe.listening && probe.health.reachable);
  EXPECT_FALSE(probe.health.live || probe.health.known);
}

TEST_F(HealthProbe, TellsThatNobodyListens) {
  std::uint16_t port = 0;
  {
    const HttpServer server({});
    port = server.port();
  }
  const Probe probe = ask(port);
  EXPECT_FALSE(probe.listening || probe.health.reachable);
}

TEST_F(HealthProbe, TellsThatSomebodyListensAndIsSilent) {
  const HttpServer server({}, {"", Canned::Manner::silent});
  const Probe probe = ask(server.port(), 200ms);
  EXPECT_TRUE(probe.listening);
  EXPECT_FALSE(probe.health.reachable || probe.health.live);
  EXPECT_THAT(probe.health.detail, HasSubstr("no whole answer within 200 ms"));
}

TEST_F(HealthProbe, DoesNotWaitForAnAnswerThatDrips) {
  const HttpServer server({}, {json_answer(200, live).bytes, Canned::Manner::dripping});
  EXPECT_FALSE(ask(server.port(), 200ms).health.live);
}

TEST_F(HealthProbe, DoesNotReadOnForEver) {
  const HttpServer server({}, {"HTTP/1.1 200 OK\r\n\r\n" + std::string(200'000, 'x'), Canned::Manner::plain});
  const Probe probe = ask(server.port());
  EXPECT_FALSE(probe.health.live);
  EXPECT_THAT(probe.health.detail, HasSubstr("more than 65.5 kB"));
}

TEST_F(HealthProbe, ForgetsAQuestionThatIsCancelled) {
  const HttpServer server({}, {"", Canned::Manner::silent});
  watchdog::HealthProbe probe(loop.get(), 50ms);
  bool told = false;
  probe.ask(server.port(), [&](const Probe&) { told = true; });
  EXPECT_TRUE(probe.is_asking());
  probe.cancel();
  sd_event_run(loop.get(), 100'000);
  EXPECT_FALSE(told || probe.is_asking());
}

TEST_F(HealthProbe, CanBeAskedAgainFromWithinItsAnswer) {
  const HttpServer server(healthy());
  watchdog::HealthProbe probe(loop.get());
  int answers = 0;
  std::function<void(const Probe&)> again = [&](const Probe&) {
    if (++answers < 3) probe.ask(server.port(), again);
  };
  probe.ask(server.port(), again);
  for (int turn = 0; answers < 3 && turn < 10'000; ++turn) sd_event_run(loop.get(), 1'000'000);
  EXPECT_EQ(answers, 3);
}

}  // namespace
