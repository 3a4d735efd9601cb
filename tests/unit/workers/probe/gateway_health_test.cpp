// SPDX-License-Identifier: MIT
#include "workers/probe/gateway_health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "http/support/http_server.hpp"
#include "http/support/tls_server.hpp"

namespace {

using namespace std::chrono_literals;
using base::ErrorKind;
using test_support::answer;
using test_support::Canned;
using test_support::html_answer;
using test_support::HttpServer;
using test_support::json_answer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using workers::probe_gateway;

openclaw::GatewayEndpoint at(std::uint16_t port) {
  return {false, "127.0.0.1", port};
}

constexpr const char* live = R"({"ok":true,"status":"live"})";
constexpr auto short_time = 300ms;

std::map<std::string, Canned> healthy() {
  return {{"/healthz", json_answer(200, live)},
          {"/readyz", json_answer(200, R"({"ready":true,"failing":[],"uptimeMs":25005.5})")},
          {"/startupz",
           json_answer(200, R"({"ok":true,"status":"started","version":"2026.9.6","uptimeMs":25056})")}};
}

std::map<std::string, Canned> healthy_but(const std::string& path, const Canned& canned) {
  auto routes = healthy();
  routes[path] = canned;
  return routes;
}

TEST(GatewayHealth, AReadyGatewayTellsItsVersionAndHowLongItIsUp) {
  const HttpServer server(healthy());
  const auto health = probe_gateway(at(server.port()));
  EXPECT_TRUE(health.reachable && health.live && health.known && health.ready);
  EXPECT_EQ(health.version, "2026.9.6");
  EXPECT_EQ(health.uptime_ms, 25056);
  EXPECT_EQ(describe(health), "ready");
}

TEST(GatewayHealth, AVersionWithoutStartupzIsReadyWithoutAVersion) {
  const HttpServer server(healthy_but("/startupz", html_answer()));
  const auto health = probe_gateway(at(server.port()));
  EXPECT_TRUE(health.ready);
  EXPECT_EQ(health.version, "");
}

TEST(GatewayHealth, TheControlUiIsNoAnswerToAnything) {
  const HttpServer server({});
  const auto health = probe_gateway(at(server.port()));
  EXPECT_TRUE(health.reachable);
  EXPECT_FALSE(health.live || health.known || health.ready);
  EXPECT_THAT(describe(health), HasSubstr("does not report readiness"));
}

TEST(GatewayHealth, WhatFailsIsNamedWhenItIsNotReady) {
  const HttpServer server(healthy_but(
      "/readyz", json_answer(503, R"({"ready":false,"failing":["telegram","agent-database:main"]})")));
  const auto health = probe_gateway(at(server.port()));
  EXPECT_TRUE(health.known);
  EXPECT_FALSE(health.ready);
  EXPECT_THAT(health.failing, ElementsAre("telegram", "agent-database:main"));
  EXPECT_EQ(describe(health), "not ready: telegram, agent-database:main");
}

TEST(GatewayHealth, AReadyBodyWithStatus503IsNotReady) {
  const HttpServer server(healthy_but("/readyz", json_answer(503, R"({"ready":true,"failing":[]})")));
  EXPECT_FALSE(probe_gateway(at(server.port())).ready);
}

TEST(GatewayHealth, StartingAndDrainingGatewaysAreNotReadyWhateverReadyzSays) {
  for (const std::string status : {"starting", "draining"}) {
    const HttpServer server(
        healthy_but("/startupz", json_answer(503, R"({"ok":false,"status":")" + status + R"("})")));
    const auto health = probe_gateway(at(server.port()));
    EXPECT_FALSE(health.ready) << status;
    EXPECT_EQ(describe(health), status);
  }
}

TEST(GatewayHealth, TheOlderNameOfReadyzIsAskedWhereTheNewOneIsNot) {
  auto routes = healthy_but("/readyz", html_answer());
  routes["/ready"] = json_answer(200, R"({"ready":true})");
  const HttpServer server(routes);
  EXPECT_TRUE(probe_gateway(at(server.port())).ready);
}

TEST(GatewayHealth, MembersOfTheWrongTypeAreNoAnswer) {
  for (const char* body :
       {R"({"ready":"true"})", R"({"ready":1})", R"({"ready":true,"failing":"none"})",
        R"({"ready":true,"failing":[1]})", R"([true])", "true", "", "{", "{\"ready\":true"}) {
    const HttpServer server(healthy_but("/readyz", json_answer(200, body)));
    const auto health = probe_gateway(at(server.port()));
    EXPECT_FALSE(health.known || health.ready) << body;
  }
}

TEST(GatewayHealth, NothingOnThePortIsNotReachable) {
  std::uint16_t port = 0;
  {
    const HttpServer server({});
    port = server.port();
  }
  const auto health = probe_gateway(at(port));
  EXPECT_FALSE(health.reachable || health.live || health.ready);
  EXPECT_THAT(describe(health), HasSubstr("nothing answers on http://127.0.0.1:"));
}

TEST(GatewayHealth, AGatewayThatHangsIsAskedOnceAndIsSaidToHang) {
  const HttpServer server({}, {"", Canned::Manner::silent});
  const auto health = probe_gateway(at(server.port()), short_time);
  EXPECT_THAT(server.requests(), SizeIs(1));
  EXPECT_FALSE(health.reachable);
  EXPECT_THAT(health.detail, HasSubstr("no complete answer within 300 ms"));
}

TEST(GatewayHealth, AnAnswerThatDripsIsNotWaitedFor) {
  const HttpServer server({}, {json_answer(200, live).bytes, Canned::Manner::dripping});
  const auto got = workers::http_get(at(server.port()), "/healthz", short_time);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::unavailable);
}

TEST(GatewayHealth, AHugeBodyIsCutOffAndIsNoAnswer) {
  const std::string padding(openclaw::largest_body, ' ');
  const HttpServer server(healthy_but("/readyz", json_answer(200, R"({"ready":true})" + padding)));
  const auto health = probe_gateway(at(server.port()));
  EXPECT_TRUE(health.live);
  EXPECT_FALSE(health.known || health.ready);
  EXPECT_THAT(health.detail, HasSubstr("more than 65.5 kB"));
}

TEST(GatewayHealth, GarbageInsteadOfHttpIsNotReachable) {
  const HttpServer server({}, {"\x16\x03\x01 not http\r\n\r\n{\"ready\":true}", Canned::Manner::plain});
  EXPECT_FALSE(probe_gateway(at(server.port()), short_time).reachable);
}

// The gateway has created its certificate itself.
TEST(GatewayHealth, AGatewayWithTlsIsAskedOverTls) {
  const test_support::TlsServer server(healthy());
  const auto health = probe_gateway({true, "127.0.0.1", server.port()});
  EXPECT_TRUE(health.ready) << health.detail;
  EXPECT_EQ(health.version, "2026.9.6");
  EXPECT_FALSE(probe_gateway(at(server.port())).reachable) << "it answers nobody without TLS";
}

TEST(GatewayHealth, ARedirectIsNotFollowed) {
  const HttpServer elsewhere(healthy());
  const HttpServer server({}, {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" +
                                   std::to_string(elsewhere.port()) + "/readyz\r\nContent-Length: 0\r\n\r\n",
                               Canned::Manner::plain});
  EXPECT_FALSE(probe_gateway(at(server.port())).ready);
  EXPECT_THAT(elsewhere.requests(), IsEmpty());
}

TEST(GatewayHealth, AProxyOfTheEnvironmentIsNotAsked) {
  const HttpServer proxy(healthy());
  const HttpServer server(healthy());
  ::setenv("http_proxy", ("http://127.0.0.1:" + std::to_string(proxy.port())).c_str(), 1);
  EXPECT_TRUE(probe_gateway(at(server.port())).ready);
  ::unsetenv("http_proxy");
  EXPECT_THAT(proxy.requests(), IsEmpty());
  EXPECT_THAT(server.requests(), SizeIs(3));
}

TEST(GatewayHealth, WhatItNamesCannotSteerATerminal) {
  const HttpServer server(
      healthy_but("/readyz", json_answer(503, "{\"ready\":false,\"failing\":[\"\\u001b[31mtele\\ngram\"]}")));
  const auto health = probe_gateway(at(server.port()));
  ASSERT_THAT(health.failing, SizeIs(1));
  EXPECT_THAT(health.failing[0], Not(HasSubstr("\x1b")));
  EXPECT_THAT(health.failing[0], Not(HasSubstr("\n")));
}

}  // namespace
