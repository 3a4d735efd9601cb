// SPDX-License-Identifier: MIT
#include "update/intent.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "fs/refusals.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using nlohmann::json;
using testing::HasSubstr;
using update::Intent;
using update::Origin;
using update::update_unit;

const std::string of_version = update::update_unit_of("2026.9.6");

class UpdateIntent : public testing::Test {
 protected:
  static Intent of_root() { return {Origin::person, "beta", "2026.9.6-1f3a9c2e", "root", true, "it loops"}; }
  static Intent of_gateway() { return {Origin::gateway, "2026.9.7", "", "the gateway"}; }
  static Intent of_watchdog() {
    return {Origin::watchdog, "", "2026.9.5-77aa0011", "the watchdog", false, "it loops"};
  }
  base::Result<std::string> leave(const Intent& intent, const std::string& unit = update_unit) const {
    return update::leave_intent(runtime_.fd(), unit, intent);
  }
  std::optional<Intent> take(const std::string& unit = update_unit, const std::string& version = "") const {
    auto taken = update::take_intent(runtime_.fd(), unit, version);
    EXPECT_TRUE(taken) << taken.error().message;
    return taken ? *taken : std::nullopt;
  }
  static std::string file(const char* origin = "person", const std::string& unit = update_unit) {
    return "intents/" + unit + "." + origin;
  }
  void change(const std::string& name, const std::string& member, const json& value) const {
    json changed = json::parse(runtime_.read(name));
    changed[member] = value;
    runtime_.write(name, changed.dump());
  }

  test_support::TemporaryDirectory runtime_{test_support::TemporaryDirectory::fast_place()};
};

TEST_F(UpdateIntent, IsTakenOnceAsItWasLeft) {
  const auto request = leave(of_root());
  ASSERT_TRUE(request) << request.error().message;
  const auto intent = take();
  ASSERT_TRUE(intent);
  EXPECT_EQ(intent->wanted, "beta");
  EXPECT_EQ(intent->to_release, "2026.9.6-1f3a9c2e");
  EXPECT_EQ(intent->requested_by, "root");
  EXPECT_EQ(intent->quarantine, "it loops");
  EXPECT_TRUE(intent->force);
  EXPECT_EQ(intent->request, *request);
  EXPECT_FALSE(take());
}

TEST_F(UpdateIntent, IsForRootAlone) {
  ASSERT_TRUE(leave(of_root()));
  EXPECT_EQ(runtime_.mode(file()), 0600u);
  EXPECT_EQ(runtime_.mode("intents"), 0700u);
}

// The gateway makes a request at the same time as root.

TEST_F(UpdateIntent, OfTheGatewayNeitherReplacesNorJoinsThatOfRoot) {
  for (const bool gateway_is_first : {true, false}) {
    ASSERT_TRUE(leave(gateway_is_first ? of_gateway() : of_root()));
    ASSERT_TRUE(leave(gateway_is_first ? of_root() : of_gateway()));
    const auto intent = take();
    ASSERT_TRUE(intent);
    EXPECT_EQ(intent->requested_by, "root");
    EXPECT_EQ(intent->wanted, "beta");
    EXPECT_FALSE(take()) << "and the gateway's is not left for the next run";
  }
}

TEST_F(UpdateIntent, OfTheGatewayCannotAskForMoreThanAVersion) {
  Intent greedy = of_gateway();
  greedy.force = true;
  greedy.to_release = "2026.9.5-77aa0011";
  greedy.quarantine = "because";
  ASSERT_TRUE(leave(greedy));
  const auto intent = take();
  ASSERT_TRUE(intent);
  EXPECT_FALSE(intent->force);
  EXPECT_EQ(intent->to_release, "");
  EXPECT_EQ(intent->quarantine, "");
  EXPECT_EQ(intent->wanted, "2026.9.7");
}

TEST_F(UpdateIntent, OfTheWatchdogReturnsToAReleaseWithoutForce) {
  Intent greedy = of_watchdog();
  greedy.force = true;
  ASSERT_TRUE(leave(greedy));
  const auto intent = take();
  ASSERT_TRUE(intent);
  EXPECT_FALSE(intent->force);
  EXPECT_EQ(intent->to_release, "2026.9.5-77aa0011");
  EXPECT_EQ(intent->quarantine, "it loops");
}

// Two operators.

TEST_F(UpdateIntent, IsNotOverwrittenByASecondOperator) {
  ASSERT_TRUE(leave(of_root()));
  Intent second = of_root();
  second.wanted = "latest";
  const auto refused = leave(second);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::busy);
  EXPECT_THAT(refused.error().message, HasSubstr("has another request by root"));
  EXPECT_EQ(take()->wanted, "beta");
}

TEST_F(UpdateIntent, IsTakenByARunOfItsOwnUnitOnly) {
  ASSERT_TRUE(leave(of_root()));
  EXPECT_FALSE(take(of_version, "2026.9.6")) << "openclaw-update@X says X by itself";
  EXPECT_FALSE(take(update::update_unit_of("2026.9.7"), "2026.9.7"));
  EXPECT_TRUE(take());
}

TEST_F(UpdateIntent, OfAVersionsUnitMayAddForceAndAskForNoOtherVersion) {
  Intent intent;
  intent.force = true;
  ASSERT_TRUE(leave(intent, of_version));
  const auto taken = take(of_version, "2026.9.6");
  ASSERT_TRUE(taken);
  EXPECT_TRUE(taken->force);
  for (const auto& [wanted, release] : {std::pair{"2026.9.7", ""}, {"", "2026.9.7-00ff00ff"}}) {
    ASSERT_TRUE(leave({Origin::person, wanted, release}, of_version));
    EXPECT_FALSE(take(of_version, "2026.9.6")) << wanted << release;
    EXPECT_FALSE(runtime_.exists(file("person", of_version)));
  }
}

TEST_F(UpdateIntent, ThatNoRunHasTakenCanBeTakenBack) {
  const auto request = leave(of_root());
  ASSERT_TRUE(leave(of_gateway()));
  EXPECT_EQ(*update::withdraw_intent(runtime_.fd(), *request), true);
  EXPECT_EQ(*update::withdraw_intent(runtime_.fd(), *request), false);
  EXPECT_EQ(take()->requested_by, "the gateway");
}

// Intents that no run has taken.

TEST_F(UpdateIntent, HoldsForAMinute) {
  for (const std::int64_t later : {-3600, 3600}) {
    ASSERT_TRUE(leave(of_root()));
    change(file(), "at_s", json::parse(runtime_.read(file()))["at_s"].get<std::int64_t>() + later);
    EXPECT_FALSE(take()) << later;
    EXPECT_FALSE(runtime_.exists(file())) << "and does not stay around";
  }
}

// The job of the run waited for network-online.target. Without the request, it would install the newest
// release instead of rolling back.
TEST_F(UpdateIntent, OfAPersonOrTheWatchdogIsNotReplacedByAnUpdateIfItsRunBeginsLate) {
  const auto make_late = [&](const std::string& name) {
    change(name, "at_s", json::parse(runtime_.read(name))["at_s"].get<std::int64_t>() - 61);
  };
  for (const Intent& intent : {of_root(), of_watchdog()}) {
    ASSERT_TRUE(leave(intent));
    const std::string name = file(intent.origin == Origin::person ? "person" : "watchdog");
    make_late(name);
    const auto taken = update::take_intent(runtime_.fd(), update_unit, "");
    ASSERT_FALSE(taken) << name;
    EXPECT_EQ(taken.error().kind, base::ErrorKind::busy);
    EXPECT_THAT(taken.error().message, testing::HasSubstr("nothing was done: openclaw-update.service"));
    EXPECT_FALSE(runtime_.exists(name)) << "the next run is not refused";
    EXPECT_FALSE(take());
  }
  ASSERT_TRUE(leave(of_gateway()));
  make_late(file("gateway"));
  EXPECT_FALSE(take()) << "that of the gateway asks for an update anyway";
}

TEST_F(UpdateIntent, ThatHasExpiredIsNotInTheWay) {
  ASSERT_TRUE(leave(of_root()));
  change(file(), "at_s", 0);
  change(file(), "at_s", -1000);
  EXPECT_TRUE(leave(of_root()));
  ASSERT_TRUE(leave(of_root(), of_version));
  change(file("person", of_version), "at_s", -1000);
  EXPECT_TRUE(take());
  EXPECT_FALSE(runtime_.exists(file("person", of_version))) << "whichever unit it was for";
}

TEST_F(UpdateIntent, ThatCannotBeUnderstoodIsTakenAway) {
  ASSERT_TRUE(leave(of_root()));
  const json whole = json::parse(runtime_.read(file()));
  for (const auto& [member, value] : whole.items()) {
    json wrong = whole;
    wrong[member] = json::array();
    runtime_.write(file(), wrong.dump());
    EXPECT_FALSE(take()) << member;
    EXPECT_FALSE(runtime_.exists(file()));
  }
  for (const char* const text : {"", "{", "[]", "null"}) {
    runtime_.write(file(), text);
    EXPECT_FALSE(take()) << text;
    EXPECT_FALSE(runtime_.exists(file()));
  }
}

TEST_F(UpdateIntent, OfATimeThatNoClockShowsIsTakenAway) {
  ASSERT_TRUE(leave(of_root()));
  const json right = json::parse(runtime_.read(file()));
  for (const char* const at : {"-9223372036854775808", "9223372036854775807", "1e300", "-1e300", "0.5"}) {
    json wrong = right;
    wrong["at_s"] = json::parse(at);
    runtime_.write(file(), wrong.dump());
    EXPECT_FALSE(take()) << at;
    EXPECT_FALSE(runtime_.exists(file()));
  }
}

TEST_F(UpdateIntent, IsNotReadThroughALink) {
  ASSERT_TRUE(leave(of_root()));
  runtime_.write("elsewhere", runtime_.read(file()));
  ::unlink(runtime_.path(file()).c_str());
  runtime_.symlink("../elsewhere", file());
  EXPECT_FALSE(take());
  EXPECT_TRUE(runtime_.exists("elsewhere"));
}

// EIO, EMFILE: it may be what a person has asked for, so it is neither ignored nor removed.
TEST_F(UpdateIntent, ThatCannotBeReadIsStillThereForTheNextRun) {
  const auto of_a_person = leave(of_root()), of_the_gateway = leave(of_gateway());
  ASSERT_TRUE(of_a_person && of_the_gateway);
  {
    const test_support::Refusals disk([](fs::syscalls::Call call, std::string_view name) {
      return call == fs::syscalls::Call::openat2 && name.ends_with(".person") ? EIO : 0;
    });
    const auto taken = update::take_intent(runtime_.fd(), update_unit);
    ASSERT_FALSE(taken);
    EXPECT_THAT(taken.error().message, HasSubstr(std::string(update_unit) + ".person"));
    EXPECT_FALSE(update::take_intent(runtime_.fd(), update_unit)) << "nor is that of the gateway taken";
    EXPECT_FALSE(leave(of_root())) << "nothing is written over it";
    EXPECT_FALSE(update::withdraw_intent(runtime_.fd(), *of_a_person)) << "it may be this one";
  }
  EXPECT_TRUE(runtime_.exists(file("gateway")));
  const auto intent = take();
  ASSERT_TRUE(intent);
  EXPECT_EQ(intent->request, *of_a_person);
}

TEST_F(UpdateIntent, OfAnotherUnitThatCannotBeReadIsNotInTheWay) {
  ASSERT_TRUE(leave(of_root(), of_version));
  const auto of_the_gateway = leave(of_gateway());
  ASSERT_TRUE(of_the_gateway);
  {
    const test_support::Refusals disk([](fs::syscalls::Call call, std::string_view name) {
      return call == fs::syscalls::Call::openat2 && name.ends_with(".person") && name.find('@') != name.npos
                 ? EIO
                 : 0;
    });
    EXPECT_EQ(*update::withdraw_intent(runtime_.fd(), *of_the_gateway), true);
    EXPECT_FALSE(take());
  }
  EXPECT_TRUE(runtime_.exists(file("person", of_version)));
}

}  // namespace
