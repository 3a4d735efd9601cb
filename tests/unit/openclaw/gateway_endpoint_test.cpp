// SPDX-License-Identifier: MIT
// Whom to ask whether the gateway is well, by the sockets of its unit.
#include "openclaw/gateway_endpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using openclaw::endpoints_of;
using openclaw::GatewayEndpoint;
using systemd::ListeningSocket;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> urls(const std::vector<GatewayEndpoint>& endpoints) {
  std::vector<std::string> urls;
  for (const GatewayEndpoint& endpoint : endpoints) urls.push_back(url_of(endpoint));
  return urls;
}

ListeningSocket at(const std::string& address, std::uint16_t port) {
  return {address, port, 0, 0, 0};
}

TEST(GatewayEndpoints, AreThoseOfTheSocketsWhereverTheyAre) {
  EXPECT_THAT(urls(endpoints_of({at("127.0.0.1", 19001)}, 18789)),
              ElementsAre("http://127.0.0.1:19001", "https://127.0.0.1:19001"));
}

TEST(GatewayEndpoints, BeginWithThePortThatIsConfigured) {
  EXPECT_THAT(urls(endpoints_of({at("127.0.0.1", 18791), at("127.0.0.1", 18789)}, 18789)),
              ElementsAre("http://127.0.0.1:18789", "https://127.0.0.1:18789", "http://127.0.0.1:18791",
                          "https://127.0.0.1:18791"));
}

TEST(GatewayEndpoints, AreNeverThePortThatIsConfiguredIfTheUnitDoesNotHoldIt) {
  EXPECT_THAT(endpoints_of({}, 18789), IsEmpty());
}

TEST(GatewayEndpoints, HaveAnAddressThatCanBeConnectedTo) {
  EXPECT_THAT(urls(endpoints_of({at("0.0.0.0", 1)}, 1)),
              ElementsAre("http://127.0.0.1:1", "https://127.0.0.1:1"));
  EXPECT_THAT(urls(endpoints_of({at("::", 1)}, 1)), ElementsAre("http://[::1]:1", "https://[::1]:1"));
  EXPECT_THAT(urls(endpoints_of({at("::ffff:127.0.0.1", 1)}, 1)),
              ElementsAre("http://127.0.0.1:1", "https://127.0.0.1:1"));
  EXPECT_THAT(urls(endpoints_of({at("192.0.2.7", 1)}, 1)),
              ElementsAre("http://192.0.2.7:1", "https://192.0.2.7:1"));
}

TEST(GatewayEndpoints, AreOnLoopbackBeforeTheyAreElsewhere) {
  EXPECT_THAT(urls(endpoints_of({at("192.0.2.7", 18789), at("127.0.0.1", 18789)}, 18789)),
              ElementsAre("http://127.0.0.1:18789", "https://127.0.0.1:18789", "http://192.0.2.7:18789",
                          "https://192.0.2.7:18789"));
}

TEST(GatewayEndpoints, AreNamedOnceForOneAddressAndPort) {
  EXPECT_THAT(urls(endpoints_of({at("0.0.0.0", 1), at("127.0.0.1", 1)}, 1)),
              ElementsAre("http://127.0.0.1:1", "https://127.0.0.1:1"));
}

TEST(GatewayEndpoints, AreGuessedOnLoopbackWhereNoSocketCanBeSeen) {
  EXPECT_THAT(urls(openclaw::guessed_endpoints(18789)),
              ElementsAre("http://127.0.0.1:18789", "https://127.0.0.1:18789"));
}

}  // namespace
