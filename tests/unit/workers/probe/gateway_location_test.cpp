// SPDX-License-Identifier: MIT
// How the gateway is found among the sockets of its unit.
#include "workers/probe/gateway_location.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/support/http_server.hpp"

namespace {

using systemd::ListeningSocket;
using test_support::Canned;
using test_support::HttpServer;
using test_support::json_answer;
using testing::HasSubstr;
using workers::GatewayLocation;

constexpr std::chrono::milliseconds short_time{300};

std::map<std::string, Canned> gateway() {
  return {{"/healthz", json_answer(200, R"({"ok":true,"status":"live"})")},
          {"/readyz", json_answer(200, R"({"ready":true,"failing":[]})")}};
}

class TheLocation : public testing::Test {
 protected:
  GatewayLocation location(std::uint16_t guess = 1) {
    return {[this]() -> base::Result<std::vector<ListeningSocket>> {
              if (!told_) return base::fail(base::ErrorKind::unavailable, "not told");
              std::vector<ListeningSocket> sockets;
              for (const std::uint16_t port : ports_) sockets.push_back({"0.0.0.0", port, 0, 0, 1});
              return sockets;
            },
            guess};
  }

  std::vector<std::uint16_t> ports_;
  bool told_ = true;
};

TEST_F(TheLocation, IsWhereTheUnitListensWhateverIsExpected) {
  const HttpServer server(gateway());
  ports_ = {server.port()};
  auto found = location();
  EXPECT_TRUE(found.ask().ready);
  EXPECT_EQ(found.port(), server.port());
}

TEST_F(TheLocation, IsTheOneThatAnswersAsAGateway) {
  const HttpServer browser_control({}, json_answer(401, R"({"error":"unauthorized"})"));
  const HttpServer single_page_application({});
  const HttpServer server(gateway());
  ports_ = {browser_control.port(), single_page_application.port(), server.port()};
  auto found = location();
  EXPECT_TRUE(found.ask().live);
  EXPECT_EQ(found.port(), server.port());
}

TEST_F(TheLocation, IsNotAnothersGatewayOnTheExpectedPort) {
  const HttpServer another(gateway());
  auto found = location(another.port());
  const auto health = found.ask();
  EXPECT_FALSE(health.live);
  EXPECT_FALSE(found.endpoint());
  EXPECT_EQ(health.detail, "its unit listens on no TCP port");
}

TEST_F(TheLocation, IsNowhereWhereNothingAnswersAsAGateway) {
  const HttpServer one({}), two({});
  ports_ = {one.port(), two.port()};
  auto found = location();
  EXPECT_THAT(describe(found.ask()), HasSubstr(std::to_string(one.port()) + ", " +
                                               std::to_string(two.port()) + ") answers as a gateway"));
}

TEST_F(TheLocation, StaysWhereItWasFoundWhileTheUnitListensThere) {
  HttpServer server(gateway());
  ports_ = {server.port()};
  auto found = location();
  ASSERT_TRUE(found.ask().live);
  const HttpServer other(gateway());
  ports_ = {other.port(), server.port()};
  EXPECT_TRUE(found.ask().live);
  EXPECT_EQ(found.port(), server.port());
  ports_ = {other.port()};  // it was restarted on another port
  EXPECT_TRUE(found.ask().live);
  EXPECT_EQ(found.port(), other.port());
}

TEST_F(TheLocation, IsTheExpectedPortWhereSocketsCannotBeSeen) {
  told_ = false;
  const HttpServer server(gateway());
  auto found = location(server.port());
  EXPECT_TRUE(found.ask().ready);
}

TEST_F(TheLocation, OfAGatewayThatHangsIsNotFound) {
  const HttpServer server({}, {"", Canned::Manner::silent});
  ports_ = {server.port()};
  auto found = location(server.port());
  EXPECT_FALSE(found.ask(short_time).reachable);
  EXPECT_FALSE(found.endpoint());
}

}  // namespace
