// SPDX-License-Identifier: MIT
// The wall clock jumps in the middle of an update: back and forward by a year, to 1970 as after a boot
// without a battery, to the repeated second of a leap. An update ends as it would have without the jump.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "update/record.hpp"
#include "update/support/scene.hpp"

namespace {

using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

constexpr std::int64_t year_ms = std::int64_t{365} * 86'400'000;

struct Jump {
  const char* name;
  std::int64_t (*from)(std::int64_t now_ms);
};
const std::vector<Jump> jumps{
    {"BackAYear", [](std::int64_t now) { return now - year_ms; }},
    {"ForwardAYear", [](std::int64_t now) { return now + year_ms; }},
    {"To1970", [](std::int64_t /*now*/) { return std::int64_t{1000}; }},
    {"BackASecond", [](std::int64_t now) { return now - 1000; }},
};
const std::vector<std::string> states{"plan", "fetch",   "stage", "validate", "canary", "snapshot",
                                      "stop", "promote", "start", "verify",   "commit", "rollback"};

void PrintTo(const Jump& jump, std::ostream* out) {
  *out << jump.name;
}

class AClockThatJumps : public testing::TestWithParam<Jump> {
 protected:
  static void jump_in(Scene& scene, const std::string& state) {
    scene.observer.on_entered = [&scene, state](const std::string& entered) {
      if (entered == state) scene.now_ms = GetParam().from(scene.now_ms);
    };
  }
};

TEST_P(AClockThatJumps, InAnyStageRollsNothingBackAndBlamesNoRelease) {
  for (const std::string& state : states) {
    Scene scene;
    jump_in(scene, state);
    EXPECT_EQ(scene.update(), "updated") << state << ": " << scene.context.reason;
    EXPECT_EQ(scene.running_version, new_version) << state;
    EXPECT_FALSE(scene.is_quarantined()) << state;
    EXPECT_FALSE(scene.is_open()) << state;
  }
}

TEST_P(AClockThatJumps, InAnyStageKeepsNoBadRelease) {
  for (const std::string& state : states) {
    Scene scene;
    scene.never_ready.insert(new_version);
    jump_in(scene, state);
    EXPECT_EQ(scene.update(), "rolled-back") << state << ": " << scene.context.reason;
    EXPECT_EQ(scene.running_version, old_version) << state;
    EXPECT_TRUE(scene.is_quarantined()) << state;
  }
}

TEST_P(AClockThatJumps, BeforeARecoveryDoesNotChangeHowItEnds) {
  for (const std::string& state : states) {
    std::vector<std::string> ends;
    for (const bool does_jump : {false, true}) {
      Scene scene;
      if (state == "rollback") scene.does_not_start.insert(new_version);
      if (!scene.update_until_killed_in(state)) ADD_FAILURE() << state << " was not reached";
      if (does_jump) scene.now_ms = GetParam().from(scene.now_ms);
      ends.push_back(scene.recover() + " " + scene.running_version + (scene.is_quarantined() ? " bad" : ""));
      EXPECT_FALSE(scene.is_open()) << state;
    }
    EXPECT_EQ(ends.front(), ends.back()) << state;
  }
}

// Whatever their names say of the time, their numbers order them.
TEST_P(AClockThatJumps, BetweenUpdatesLeavesThemUniqueAndInOrder) {
  Scene scene;
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(i % 2 == 0 ? scene.update() : scene.return_to(old_version), "updated") << scene.context.reason;
    ids.push_back(scene.context.id);
    if (i == 2) scene.now_ms = GetParam().from(scene.now_ms);
  }
  auto sorted = ids;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(ids, sorted);
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
  const auto listed = update::Journal(scene.state_fd()).transactions();
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->back(), ids.back());
}

// The one that may have to be restored: of what is told to keep, it is always one.
TEST_P(AClockThatJumps, DoesNotHaveTheSnapshotOfAnOpenUpdateRemoved) {
  Scene scene;
  ASSERT_EQ(scene.update(), "updated");
  scene.now_ms = GetParam().from(scene.now_ms);
  ASSERT_EQ(scene.return_to(old_version), "updated");
  const std::string last = scene.context.id;
  const auto kept =
      scene.workers.requests["openclaw-state discard"].value("keep", std::vector<std::string>());
  EXPECT_THAT(kept, testing::Contains(last));
}

INSTANTIATE_TEST_SUITE_P(Of, AClockThatJumps, testing::ValuesIn(jumps),
                         [](const auto& test) { return std::string(test.param.name); });

// Boot IDs are compared whole: the clock since the boot of one says nothing about another one's.
TEST(TwoBootsOfTheSamePrefix, AreTwoBoots) {
  const std::string one = "5a1d1c1f-d7a8-4c1f-8b5e-2b0d8a2f6c01",
                    other = "5a1d1c1f-d7a8-4c1f-8b5e-2b0d8a2f6c02";
  update::Record earlier, later;
  earlier.at_ms = 1'000'000;
  later.at_ms = 1'060'000;
  earlier.moment = {one, std::chrono::milliseconds(500'000)};
  later.moment = {other, std::chrono::milliseconds(900'000)};
  EXPECT_EQ(update::elapsed_ms(earlier, later), 60'000);
  later.moment.boot = one;
  EXPECT_EQ(update::elapsed_ms(earlier, later), 400'000);
  later.moment.boot = one.substr(0, 35);
  EXPECT_EQ(update::elapsed_ms(earlier, later), 60'000);
}

}  // namespace
