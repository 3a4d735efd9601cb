// SPDX-License-Identifier: MIT
#include "tools/command_line.hpp"

#include <gtest/gtest.h>

namespace {

TEST(TheProfile, IsThatOfTheOption) {
  tools::CommandLine line;
  line.profile = "work";
  EXPECT_EQ(tools::profile_of(line, {"node", "/app/openclaw.mjs", "--profile", "other", "gateway"}), "work");
}

TEST(TheProfile, IsElseThatOfTheCommandToBecome) {
  EXPECT_EQ(tools::profile_of({}, {"node", "/app/openclaw.mjs", "--profile", "work", "gateway"}), "work");
  EXPECT_EQ(tools::profile_of({}, {"openclaw", "--dev", "gateway"}), "dev");
}

TEST(TheProfile, IsNoneOfACommandWithoutOne) {
  EXPECT_EQ(tools::profile_of({}, {"node", "/app/openclaw.mjs", "gateway"}), "");
  EXPECT_EQ(tools::profile_of({}, {}), "");
}

}  // namespace
