// SPDX-License-Identifier: MIT
#include "base/time.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t quarter_past_ten = 1'795'256'100'000;  // 2026-11-21 10:15 UTC

TEST(ATimeAsText, IsToTheSecondAndInUtc) {
  EXPECT_EQ(base::rfc3339(quarter_past_ten), "2026-11-21T10:15:00Z");
  EXPECT_EQ(base::rfc3339(quarter_past_ten + 999), "2026-11-21T10:15:00Z");
  EXPECT_EQ(base::rfc3339(0), "1970-01-01T00:00:00Z");
}

TEST(ATimeAsText, FitsIntoAName) {
  EXPECT_EQ(base::compact_time(quarter_past_ten), "20261121T101500Z");
}

TEST(ATimeAsText, IsReadBackAndNothingElseIs) {
  EXPECT_EQ(base::from_rfc3339("2026-11-21T10:15:00Z"), 1795256100000);
  EXPECT_EQ(base::rfc3339(*base::from_rfc3339("2026-11-21T10:15:00Z")), "2026-11-21T10:15:00Z");
  for (const char* const text : {"", "2026-11-21", "2026-11-21T10:15:00", "2026-11-21T10:15:00Z ",
                                 "2026-02-30T00:00:00Z", "2026-11-21T25:00:00Z", "tomorrow"})
    EXPECT_FALSE(base::from_rfc3339(text)) << text;
}

TEST(ALocalTime, IsADayOrATimeOfOne) {
  ::setenv("TZ", "UTC-3", 1);
  ::tzset();
  EXPECT_EQ(base::rfc3339(*base::local_time("2026-12-01")), "2026-11-30T21:00:00Z");
  EXPECT_EQ(base::rfc3339(*base::local_time("2026-12-01 08:00")), "2026-12-01T05:00:00Z");
  EXPECT_EQ(base::rfc3339(*base::local_time("2026-12-01 08:00:30")), "2026-12-01T05:00:30Z");
  for (const char* const text :
       {"", "2026-02-30", "2026-13-01", "2026-12-01 8", "01.12.2026", "2026-12-01 08:00 UTC"})
    EXPECT_FALSE(base::local_time(text)) << text;
  ::unsetenv("TZ");
  ::tzset();
}

TEST(AMoment, IsOfTheBootThatItWasTakenIn) {
  const auto first = base::this_moment();
  const auto second = base::this_moment();
  EXPECT_EQ(first.boot, second.boot);
  EXPECT_LE(first.since_boot, second.since_boot);
  EXPECT_GT(first.since_boot, 0ms);
}

TEST(TheWallClock, IsThatOfTheSystem) {
  const auto unix_ms_of = [](auto time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  };
  const auto before = unix_ms_of(std::chrono::system_clock::now());
  EXPECT_GE(base::unix_now_ms(), before);
}

TEST(HumanDuration, ReadsAsAPersonWouldSayIt) {
  EXPECT_EQ(base::human_duration(0), "0 ms");
  EXPECT_EQ(base::human_duration(350), "350 ms");
  EXPECT_EQ(base::human_duration(1500), "1.5 s");
  EXPECT_EQ(base::human_duration(2000), "2 s");
  EXPECT_EQ(base::human_duration(12'000), "12 s");
  EXPECT_EQ(base::human_duration(59'999), "59 s");
  EXPECT_EQ(base::human_duration(250'000), "4 min 10 s");
  EXPECT_EQ(base::human_duration(300'000), "5 min");
  EXPECT_EQ(base::human_duration(7'500'000), "2 h 5 min");
  EXPECT_EQ(base::human_duration(-5), "0 ms");
}

}  // namespace
