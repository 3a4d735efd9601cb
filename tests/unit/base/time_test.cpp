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
