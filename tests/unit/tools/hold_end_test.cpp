// SPDX-License-Identifier: MIT
#include "tools/hold_end.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using testing::HasSubstr;

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t now_ms = 1'795'256'100'000;  // 2026-11-21T10:15:00Z

TEST(TheEndOfAHold, IsSoLongAfterNow) {
  EXPECT_EQ(*tools::hold_end_after("90min", now_ms), now_ms + hour_ms * 3 / 2);
  EXPECT_EQ(*tools::hold_end_after("12h", now_ms), now_ms + 12 * hour_ms);
  EXPECT_EQ(*tools::hold_end_after("3d", now_ms), now_ms + 72 * hour_ms);
  EXPECT_EQ(*tools::hold_end_after("1w 2d", now_ms), now_ms + 9 * 24 * hour_ms);
}

TEST(TheEndOfAHold, IsNoNumberAloneAndNoLongerThanAYear) {
  for (const char* const text :
       {"", "3", "d", "0d", "-1d", "3x", "1.5d", "400d", "99999999999999999999d", "3d foo"}) {
    const auto end = tools::hold_end_after(text, now_ms);
    ASSERT_FALSE(end) << text;
    EXPECT_EQ(end.error().kind, base::ErrorKind::usage);
  }
  EXPECT_TRUE(tools::hold_end_after("366d", now_ms));
}

TEST(TheEndOfAHold, IsADayThatIsToCome) {
  EXPECT_TRUE(tools::hold_end_at("2026-12-01", now_ms));
  EXPECT_TRUE(tools::hold_end_at(" 2026-12-01 08:00 ", now_ms));
  const auto over = tools::hold_end_at("2026-11-01", now_ms);
  ASSERT_FALSE(over);
  EXPECT_THAT(over.error().message, HasSubstr("before it begins"));
  const auto none = tools::hold_end_at("monday", now_ms);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("2026-12-01"));
}

}  // namespace
