// SPDX-License-Identifier: MIT
#include "base/environment.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace {

TEST(Environment, OfThisProcessIsReadAsItIs) {
  ASSERT_EQ(::setenv("OPENCLAW_TEST_VARIABLE", " spaced = value ", 1), 0);
  EXPECT_EQ(base::current_environment().at("OPENCLAW_TEST_VARIABLE"), " spaced = value ");
  ::unsetenv("OPENCLAW_TEST_VARIABLE");
  EXPECT_FALSE(base::current_environment().contains("OPENCLAW_TEST_VARIABLE"));
}

}  // namespace
