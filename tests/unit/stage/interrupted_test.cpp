// SPDX-License-Identifier: MIT
// What the next run makes of a staging that was killed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "stage/support/staging.hpp"

namespace {

using stage_tests::FakeOpenClaw;
using stage_tests::Staging;

TEST_F(Staging, SweepsWhatAKilledRunHasLeft) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  place.write("state/staged-deps/.staging-dead01/node_modules/zod/package.json", "{}");
  const auto outcome = run();
  EXPECT_FALSE(exists(place.path("state/staged-deps/.staging-dead01")));
  EXPECT_THAT(outcome.findings, testing::Contains(testing::Field(&stage::Finding::mended, true)));
}

TEST_F(Staging, TakesNoHalfOfAClosureForOne) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  const auto first = run();
  const std::string closure = "state/staged-deps/" + first.closure;
  ASSERT_EQ(::unlink(place.path(closure + "/closure.json").c_str()), 0);
  request.thorough = true;
  const auto outcome = run();
  ASSERT_FALSE(outcome.failure) << outcome.failure->message;
  EXPECT_TRUE(outcome.complete());
  EXPECT_TRUE(exists(place.path(closure + "/closure.json"))) << "the one that was fetched takes its place";
}

TEST_F(Staging, RemovesClosuresBeyondThoseThatAreKeptAlsoWhereAKilledRunDidNotComeToIt) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  run();
  const std::string idle = "state/staged-deps/" + std::string(32, 'a');
  place.write(idle + "/closure.json", "{}");
  request.settings.stage.keep_closures = 0;
  EXPECT_TRUE(run().complete());
  EXPECT_FALSE(exists(place.path(idle)));
  EXPECT_TRUE(exists(external_root("2026.4.26") + "/node_modules/zod/package.json"));
}

TEST_F(Staging, SweepsTheViewsThatAKilledRunHasLeft) {
  FakeOpenClaw(place, "2026.4.20").plugin("webhooks", {{"zod", "4.0.0"}});
  run();
  place.write("state/.plugin-view-dead01/dist/x.js");
  place.write("state/plugin-view/dist/extensions/.openclaw-systemd-dead02/zod/package.json");
  EXPECT_TRUE(run().complete());
  EXPECT_FALSE(exists(place.path("state/.plugin-view-dead01")));
  EXPECT_FALSE(exists(place.path("state/plugin-view/dist/extensions/.openclaw-systemd-dead02")));
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  run();
  place.write("state/.plugin-view-dead03/dist/x.js");
  EXPECT_TRUE(run().complete());
  EXPECT_FALSE(exists(place.path("state/.plugin-view-dead03"))) << "of the view that was removed";
}

TEST_F(Staging, SweepsWhatWasMovedAsideOfALockByAKilledRun) {
  FakeOpenClaw(place, "2026.4.26").plugin("webhooks", {{"zod", "4.0.0"}});
  run();
  const std::string aside = external_root("2026.4.26") + "/.openclaw-runtime-deps.lock.reclaimed-dead01";
  ASSERT_EQ(::mkdir(aside.c_str(), 0755), 0);
  run();
  EXPECT_FALSE(exists(aside)) << "its owner.json was removed already";
  ASSERT_EQ(::mkdir(aside.c_str(), 0755), 0);
  std::ofstream(aside + "/owner.json") << R"({"pid":)" << ::getpid() << "}";
  run();
  EXPECT_TRUE(exists(aside)) << "its owner lives";
}

}  // namespace
