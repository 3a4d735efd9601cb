// SPDX-License-Identifier: MIT
#include "npm/install.hpp"

#include <gtest/gtest.h>

namespace {

TEST(Progress, IsTheLastLineOfTheClientUntilItsRequestsFail) {
  npm::Progress progress;
  EXPECT_EQ(npm::what_it_does(progress), "");
  progress.last_line = "reify grammy";
  EXPECT_EQ(npm::what_it_does(progress), "reify grammy");
  progress.retrying = "ETIMEDOUT";
  EXPECT_EQ(npm::what_it_does(progress), "requests fail and are only retried: ETIMEDOUT");
}

}  // namespace
