// SPDX-License-Identifier: MIT
#include "base/share_done.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;

TEST(TheShareThatIsDone, HasAPercentageAndTheTimeThatIsLeft) {
  EXPECT_EQ(base::share_done(25, 100, 4s), "25 %, 12 s left");
  EXPECT_EQ(base::share_done(99, 100, 99s), "99 %, 1 s left");
}

TEST(TheShareThatIsDone, HasNoTimeWhereThatWouldBeAGuess) {
  EXPECT_EQ(base::share_done(1, 100, 1s), "1 %");
  EXPECT_EQ(base::share_done(0, 100, 10s), "0 %");
  EXPECT_EQ(base::share_done(1, 1'000'000'000, 1h), "0 %");
}

TEST(TheShareThatIsDone, IsOneHundredPercentAtTheEnd) {
  EXPECT_EQ(base::share_done(100, 100, 10s), "100 %");
}

TEST(TheShareThatIsDone, IsNotSaidWhereTheWholeIsUnknownOrWrong) {
  EXPECT_EQ(base::share_done(5, 0, 10s), "");
  EXPECT_EQ(base::share_done(5, 4, 10s), "");
}

}  // namespace
