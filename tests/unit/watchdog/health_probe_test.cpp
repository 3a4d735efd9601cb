// SPDX-License-Identifier: MIT
// The gateway is asked within an event loop, over a real loopback socket.
#include "watchdog/health_probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "http/support/http_server.hpp"
#include "http/support/tls_server.hpp"

namespace {

using namespace std::chrono_literals;
using openclaw::GatewayEndpoint;
using systemd::ListeningSocket;
using test_support::answer;
using test_support::Canned;
using test_support::HttpServer;
using test_support::json_answer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;
using Sockets = std::vector<ListeningSocket>;
using test_support::TlsServer;
using testing::IsEmpty;
using watchdog::Probe;
using watchdog::Question;

constexpr const char* live = R"({"ok":true,"status":"live"})";

ListeningSocket on(std::uint16_t port, const std::string& address = "127.0.0.1") {
  return {address, port, 0, 0, 0};
}

GatewayEndpoint http(std::uint16_t port) {
  return {false, "127.0.0.1", port};
}

std::uint16_t free_port() {
  const HttpServer server({});
  return server.port();
}

class HealthProbe : public testing::Test {
 protected:
  HealthProbe() {
    sd_event* raw = nullptr;
    sd_event_new(&raw);
    loop.reset(raw);
  }
  // For a unit with these sockets.
  static Question unit_with(const std::vector<ListeningSocket>& sockets, std::uint16_t configured,
                            const std::optional<GatewayEndpoint>& known = {}) {
    return watchdog::question_about("/system.slice/x.service", configured, known,
                                    [&](const std::string&) { return base::Result<Sockets>(sockets); });
  }
  // If the unit's sockets are not visible.
  static Question guess(std::uint16_t port, const std::optional<GatewayEndpoint>& known = {}) {
    return watchdog::question_about("", port, known, {});
  }
  Probe ask(std::uint16_t port, std::chrono::milliseconds time = 2s) {
    return ask(unit_with({on(port)}, port), time);
  }
  Probe ask(Question question, std::chrono::milliseconds time = 2s, http::TlsLoader tls = http::tls_library) {
    watchdog::HealthProbe probe(loop.get(), time, tls);
    std::optional<Probe> found;
    probe.ask(std::move(question), [&](const Probe& answer) { found = answer; });
    for (int turn = 0; !found && turn < 10'000; ++turn) sd_event_run(loop.get(), 1'000'000);
    EXPECT_TRUE(found);
    return found.value_or(Probe{});
  }
  static std::map<std::string, Canned> healthy() {
    return {{"/healthz", json_answer(200, live)},
            {"/readyz", json_answer(200, R"({"ready":true,"failing":[]})")},
            {"/startupz", json_answer(200, R"({"ok":true,"status":"started","version":"2026.9.6"})")}};
  }
  event::LoopPointer loop;
};

TEST_F(HealthProbe, AsksTheThreePathsOfAGatewayThatIsReady) {
  const HttpServer server(healthy());
  const Probe probe = ask(server.port());
  EXPECT_TRUE(probe.health.live && probe.health.ready);
  EXPECT_EQ(probe.endpoint, http(server.port()));
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
  EXPECT_TRUE(probe.health.reachable);
  EXPECT_FALSE(probe.health.live || probe.health.known || probe.endpoint);
}

TEST_F(HealthProbe, ReportsThatNoProcessListens) {
  const Probe probe = ask(free_port());
  EXPECT_FALSE(probe.listening || probe.health.reachable);
}

TEST_F(HealthProbe, ReportsThatAProcessListensAndIsSilent) {
  const HttpServer server({}, {"", Canned::Manner::silent});
  const Probe probe = ask(server.port(), 200ms);
  EXPECT_TRUE(probe.listening);
  EXPECT_FALSE(probe.health.reachable || probe.health.live);
  EXPECT_THAT(probe.health.detail, HasSubstr("no complete answer within 200 ms"));
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
  probe.ask(guess(server.port()), [&](const Probe&) { told = true; });
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
    if (++answers < 3) probe.ask(guess(server.port()), again);
  };
  probe.ask(guess(server.port()), again);
  for (int turn = 0; answers < 3 && turn < 10'000; ++turn) sd_event_run(loop.get(), 1'000'000);
  EXPECT_EQ(answers, 3);
}

// --- where it listens

TEST_F(HealthProbe, FindsAGatewayThatListensElsewhere) {
  const HttpServer gateway(healthy());
  const Probe probe = ask(unit_with({on(gateway.port())}, 18789));
  EXPECT_TRUE(probe.health.ready);
  EXPECT_EQ(probe.endpoint, http(gateway.port()));
}

TEST_F(HealthProbe, TellsTheGatewayFromWhatElseItsUnitServes) {
  const HttpServer browser_control({}, answer(401, "text/plain", "Unauthorized")), gateway(healthy());
  const Probe probe = ask(unit_with({on(browser_control.port()), on(gateway.port())}, 18789));
  EXPECT_EQ(probe.endpoint, http(gateway.port()));
}

TEST_F(HealthProbe, DoesNotTakeAnotherProgramOnTheConfiguredPortForTheGateway) {
  const HttpServer stranger(healthy()), gateway(healthy());
  EXPECT_EQ(ask(unit_with({on(gateway.port())}, stranger.port())).endpoint, http(gateway.port()));
  const Probe none = ask(unit_with({}, stranger.port()));
  EXPECT_FALSE(none.health.live || none.listening || none.endpoint);
  EXPECT_EQ(none.unseen, "");
  EXPECT_THAT(none.health.detail, HasSubstr("no process of its unit listens"));
  EXPECT_THAT(stranger.requests(), IsEmpty());
}

TEST_F(HealthProbe, AsksTheOneThatHasAnsweredBeforeOthersOfItsUnit) {
  const HttpServer other({}), gateway(healthy());
  const Sockets sockets{on(other.port()), on(gateway.port())};
  EXPECT_TRUE(ask(unit_with(sockets, other.port(), http(gateway.port()))).health.ready);
  EXPECT_THAT(other.requests(), IsEmpty());
}

TEST_F(HealthProbe, LooksAnewWhenTheSocketThatHasAnsweredIsGone) {
  const HttpServer gateway(healthy());
  EXPECT_EQ(ask(unit_with({on(gateway.port())}, 18789, http(free_port()))).endpoint, http(gateway.port()));
}

TEST_F(HealthProbe, AsksTheConfiguredPortWhereSocketsCannotBeSeen) {
  const HttpServer gateway(healthy());
  EXPECT_EQ(ask(guess(gateway.port())).endpoint, http(gateway.port()));
}

// A server on ::1 that always returns this answer.
class ServerOfIpv6 {
 public:
  explicit ServerOfIpv6(std::string bytes)
      : bytes_(std::move(bytes)), listener_(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), plain, size) != 0 || ::listen(listener_.get(), 8) != 0) return;
    if (::getsockname(listener_.get(), plain, &size) == 0) port_ = ntohs(address.sin6_port);
    thread_ = std::thread([this] { serve(); });
  }
  ServerOfIpv6(const ServerOfIpv6&) = delete;
  ServerOfIpv6& operator=(const ServerOfIpv6&) = delete;
  ~ServerOfIpv6() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }  // 0: this machine has no IPv6

 private:
  void serve() {
    std::array<char, 1024> request{};
    while (!stop_) {
      pollfd waiting{listener_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      const base::UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (::recv(client.get(), request.data(), request.size(), 0) <= 0) continue;
      static_cast<void>(::send(client.get(), bytes_.data(), bytes_.size(), MSG_NOSIGNAL));
    }
  }

  std::string bytes_;
  base::UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

TEST_F(HealthProbe, AsksAGatewayThatListensOnIpv6) {
  const ServerOfIpv6 gateway(json_answer(200, live).bytes);
  if (gateway.port() == 0) GTEST_SKIP() << "no IPv6 here";
  const Probe probe = ask(unit_with({on(gateway.port(), "::")}, 18789));
  EXPECT_TRUE(probe.health.live) << probe.health.detail;
  EXPECT_EQ(probe.endpoint, (GatewayEndpoint{false, "::1", gateway.port()}));
}

// --- which silence is the gateway's

TEST_F(HealthProbe, TakesTheSilenceOfTheOneThatHasAnsweredForTheGateways) {
  const HttpServer gateway({}, {"", Canned::Manner::silent});
  EXPECT_TRUE(ask(unit_with({on(gateway.port())}, 18789, http(gateway.port())), 100ms).listening);
  EXPECT_TRUE(ask(guess(gateway.port(), http(gateway.port())), 100ms).listening);
}

TEST_F(HealthProbe, DoesNotTakeTheSilenceOfAPluginForTheGateways) {
  const HttpServer plugin({}, {"", Canned::Manner::silent});
  const Probe probe = ask(unit_with({on(plugin.port())}, 18789), 100ms);
  EXPECT_FALSE(probe.listening || probe.health.live);
}

TEST_F(HealthProbe, DoesNotTakeTheSilenceOnAPortThatMayBeAnybodysForTheGateways) {
  const HttpServer anybody({}, {"", Canned::Manner::silent});
  EXPECT_FALSE(ask(guess(anybody.port()), 100ms).listening);
}

TEST_F(HealthProbe, TakesAPageForASilenceOfTheOneThatHasAnswered) {
  const HttpServer gateway({});
  EXPECT_TRUE(ask(unit_with({on(gateway.port())}, gateway.port(), http(gateway.port()))).listening);
}

TEST_F(HealthProbe, DoesNotKnowHowAGatewayDoesThatHasAnsweredOtherwiseSinceItsStart) {
  const HttpServer gateway({});
  const Probe probe = ask(unit_with({on(gateway.port())}, gateway.port()));
  EXPECT_FALSE(probe.listening);
  EXPECT_THAT(probe.unseen, HasSubstr("does not answer as a gateway"));
}

// An address of no interface: there is no connection, as with IPAddressDeny=.
TEST_F(HealthProbe, DoesNotKnowHowAGatewayDoesThatItCannotReach) {
  const Probe probe = ask(unit_with({on(18789, "fe80::7")}, 18789), 100ms);
  EXPECT_FALSE(probe.listening || probe.health.live);
  EXPECT_THAT(probe.unseen, HasSubstr("IPAddressAllow=fe80::7"));
}

TEST_F(HealthProbe, DoesNotKnowHowAGatewayDoesThatHasANetworkOfItsOwn) {
  Question question = unit_with({}, 18789);
  question.own_network = true;
  EXPECT_THAT(ask(question).unseen, HasSubstr("PrivateNetwork="));
}

TEST_F(HealthProbe, FindsAGatewayWhoseUnitWillHaveANetworkOfItsOwnOnlyWhenItStartsAnew) {
  const HttpServer gateway(healthy());
  Question question = unit_with({on(gateway.port())}, 18789);
  question.own_network = true;
  EXPECT_TRUE(ask(question).health.ready);
}

// --- TLS

TEST_F(HealthProbe, AsksAGatewayWithTls) {
  const TlsServer gateway(healthy());
  const Probe probe = ask(unit_with({on(gateway.port())}, gateway.port()));
  EXPECT_TRUE(probe.health.ready) << probe.health.detail << probe.unseen;
  EXPECT_EQ(probe.health.version, "2026.9.6");
  EXPECT_EQ(probe.endpoint, (GatewayEndpoint{true, "127.0.0.1", gateway.port()}));
}

TEST_F(HealthProbe, ReadsAnAnswerOverTlsThatIsLargerThanARecord) {
  auto routes = healthy();
  routes["/readyz"] =
      json_answer(200, R"({"ready":true,"failing":[],"x":")" + std::string(40'000, 'x') + R"("})");
  const TlsServer gateway(routes);
  EXPECT_TRUE(ask(unit_with({on(gateway.port())}, gateway.port())).health.ready);
}

TEST_F(HealthProbe, TellsThatAGatewayWithTlsTakesAConnectionAndIsSilent) {
  for (const auto manner :
       {TlsServer::Manner::takes_and_is_silent, TlsServer::Manner::is_silent_after_the_handshake}) {
    const TlsServer gateway({}, manner);
    const GatewayEndpoint known{true, "127.0.0.1", gateway.port()};
    const Probe probe = ask(unit_with({on(gateway.port())}, 18789, known), 200ms);
    EXPECT_TRUE(probe.listening);
    EXPECT_EQ(probe.unseen, "");
    EXPECT_THAT(probe.health.detail, HasSubstr("https://127.0.0.1"));
  }
}

TEST_F(HealthProbe, DoesNotKnowHowAGatewayWithTlsDoesWhereThereIsNoLibraryForIt) {
  const auto none = []() -> const http::TlsLibrary* { return nullptr; };
  const TlsServer gateway(healthy());
  for (const auto& known : {std::optional<GatewayEndpoint>(), std::optional(http(gateway.port()))}) {
    const Probe probe = ask(unit_with({on(gateway.port())}, gateway.port(), known), 2s, none);
    EXPECT_FALSE(probe.listening || probe.health.live);
    EXPECT_THAT(probe.unseen, HasSubstr("libssl.so.3 cannot be loaded"));
  }
}

TEST_F(HealthProbe, NeedsNoLibraryForTlsWhereTheGatewayHasNone) {
  const auto none = []() -> const http::TlsLibrary* { return nullptr; };
  const HttpServer gateway(healthy()), page({});
  EXPECT_TRUE(ask(unit_with({on(page.port()), on(gateway.port())}, 18789), 2s, none).health.ready);
}

TEST_F(HealthProbe, FindsAGatewayThatHasComeToSpeakTlsOnTheSamePort) {
  const TlsServer gateway(healthy());
  const Probe probe = ask(unit_with({on(gateway.port())}, gateway.port(), http(gateway.port())));
  EXPECT_EQ(probe.endpoint, (GatewayEndpoint{true, "127.0.0.1", gateway.port()}));
}

}  // namespace
