// SPDX-License-Identifier: MIT
#include "watchdog/gateways.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "fs/refusals.hpp"
#include "support/temporary_directory.hpp"

namespace {

using fs::syscalls::Call;
using test_support::Refusals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Sent final : public systemd::EventSink {
 public:
  void send(const systemd::Event& event) override { messages.push_back(event.message); }
  std::vector<std::string> messages;
};

class GatewaysToWatch : public testing::Test {
 protected:
  void name(const std::string& gateway, const std::string& unit) const {
    etc.write("gateways.d/" + gateway + ".ini",
              "[gateway]\nunit = " + unit + "\nstate-directory = /srv/" + gateway + "\n");
  }
  std::vector<std::string> names() {
    const auto all = watchdog::gateways_to_watch(etc.path("helpers.ini"), state.path(), sent);
    EXPECT_TRUE(all) << all.error().message;
    std::vector<std::string> found;
    for (const auto& one : all.value_or(std::vector<watchdog::Watched>{})) found.push_back(one.gateway);
    return found;
  }
  test_support::TemporaryDirectory etc, state;
  Sent sent;
};

TEST_F(GatewaysToWatch, AreTheOneOfAHostWithoutNames) {
  EXPECT_THAT(names(), ElementsAre(""));
}

TEST_F(GatewaysToWatch, AreThoseWithNamesWhereNoOtherIsThere) {
  name("work", "w.service");
  name("family", "f.service");
  EXPECT_THAT(names(), ElementsAre("family", "work"));
}

TEST_F(GatewaysToWatch, AreAlsoTheOneWithoutANameThatTheUpdaterKnows) {
  name("work", "w.service");
  state.write("adoption.json");
  EXPECT_THAT(names(), ElementsAre("", "work"));
}

TEST_F(GatewaysToWatch, AreAlsoTheOneWithoutANameWhoseUnitIsSet) {
  name("work", "w.service");
  etc.write("helpers.ini", "[gateway]\nunit = claw.service\n");
  EXPECT_THAT(names(), ElementsAre("", "work"));
}

TEST_F(GatewaysToWatch, AreWatchedThoughAnotherHasAMistakeInItsSettings) {
  name("work", "w.service");
  etc.write("gateways.d/broken.ini", "[gatewya]\n");
  EXPECT_THAT(names(), ElementsAre("work"));
  EXPECT_THAT(sent.messages, ElementsAre(HasSubstr("broken.ini")));
}

// A reload then keeps those that it has.
TEST_F(GatewaysToWatch, AreNotKnownWhereTheDiskDoesNotShowTheirNames) {
  name("work", "w.service");
  const Refusals refused([](Call, std::string_view opened) { return opened == "." ? EIO : 0; });
  const auto all = watchdog::gateways_to_watch(etc.path("helpers.ini"), state.path(), sent);
  ASSERT_FALSE(all);
  EXPECT_THAT(all.error().message, HasSubstr("gateways.d"));
}

TEST_F(GatewaysToWatch, AreNoneWhereAllHaveMistakes) {
  etc.write("gateways.d/broken.ini", "[gatewya]\n");
  EXPECT_FALSE(watchdog::gateways_to_watch(etc.path("helpers.ini"), state.path(), sent));
}

}  // namespace
