// SPDX-License-Identifier: MIT
#include "openclaw/health.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using openclaw::HttpAnswer;

openclaw::GatewayHealth health_of(const std::string& readiness) {
  return openclaw::read_health({HttpAnswer{200, R"({"ok":true,"status":"live"})"}, HttpAnswer{200, readiness},
                                base::fail(base::ErrorKind::not_found, "there is no such path")});
}

// Whoever listens there may answer anything; the watchdog reads it, and must not end by it.
TEST(GatewayHealth, AnAnswerThatIsNestedWithoutEndIsNone) {
  constexpr std::size_t levels = 30'000;
  const std::string nested = std::string(levels, '[') + std::string(levels, ']');
  const std::string body = R"({"ready":true,"failing":[],"more":)" + nested + "}";
  ASSERT_LT(body.size(), openclaw::largest_body);
  const auto health = health_of(body);
  EXPECT_FALSE(health.known);
  EXPECT_FALSE(health.ready);
}

TEST(GatewayHealth, AnAnswerThatIsNestedAsAConfigMayBeIsOne) {
  const auto health = health_of(R"({"ready":true,"failing":[],"more":)" + std::string(200, '[') +
                                std::string(200, ']') + "}");
  EXPECT_TRUE(health.known);
  EXPECT_TRUE(health.ready);
}

}  // namespace
