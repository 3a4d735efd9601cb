// SPDX-License-Identifier: MIT
// Where the time of an update went, in one line.
#include "tools/times_line.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;

json stage(const char* name, std::int64_t took_ms) {
  return {{"stage", name}, {"at_ms", 1'795'256'100'000}, {"took_ms", took_ms}};
}

json update_of(std::initializer_list<json> stages) {
  return {{"stages", stages}, {"downtime_ms", 11'400}};
}

TEST(TimesLine, SaysTheDowntimeFirstThenTheWhole) {
  EXPECT_EQ(tools::times_line(update_of({stage("plan", 1200), stage("fetch", 31'000), stage("canary", 22'000),
                                         stage("stop", 240), stage("promote", 90), stage("start", 5200),
                                         stage("verify", 16'900), stage("commit", 370)})),
            "down for 11 s: stop 240 ms, start 5.2 s, until ready 5.8 s; 1 min 17 s in all: plan 1.2 s, "
            "fetch 31 s, "
            "canary 22 s, verify 16 s, commit 370 ms");
}

TEST(TimesLine, HasNoDowntimeWhereTheGatewayWasNotStopped) {
  json refused = update_of({stage("plan", 1200), stage("fetch", 31'000)});
  refused.erase("downtime_ms");
  EXPECT_EQ(tools::times_line(refused), "32 s in all: plan 1.2 s, fetch 31 s");
}

TEST(TimesLine, AddsUpAStageThatWasContinuedAfterAKill) {
  EXPECT_EQ(tools::times_line(update_of({stage("stop", 300), stage("start", 2000), stage("start", 4000)})),
            "down for 11 s: stop 300 ms, start 6 s, until ready 5.1 s; 6.3 s in all");
}

TEST(TimesLine, LeavesTheWaitForTheGatewayToARollback) {
  EXPECT_EQ(tools::times_line(update_of({stage("stop", 300), stage("rollback", 9000)})),
            "down for 11 s: stop 300 ms, rollback 9 s; 9.3 s in all");
}

TEST(TimesLine, IsEmptyWithoutAStageThatWasTimed) {
  EXPECT_EQ(tools::times_line(json::object()), "");
  EXPECT_EQ(tools::times_line({{"stages", {{{"stage", "plan"}, {"at_ms", 1}}}}}), "");
}

TEST(TimesLine, OmitsAStageOfANewerVersion) {
  EXPECT_EQ(tools::times_line({{"stages", {stage("warm-up", 9000), stage("plan", 1500)}}}),
            "1.5 s in all: plan 1.5 s");
}

}  // namespace
