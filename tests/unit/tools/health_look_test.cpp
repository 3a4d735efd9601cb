// SPDX-License-Identifier: MIT
#include "tools/health_look.hpp"

#include <gtest/gtest.h>

namespace {

TEST(ASize, IsANumberWithAUnitOrWithout) {
  EXPECT_EQ(tools::bytes_in("1048576"), 1048576U);
  EXPECT_EQ(tools::bytes_in("200M"), 200U << 20U);
  EXPECT_EQ(tools::bytes_in("1G"), 1U << 30U);
  EXPECT_EQ(tools::bytes_in("0"), 0U);
}

TEST(ASize, IsNoOtherTextAndNoNumberThatDoesNotFit) {
  for (const char* const text : {"", "M", "-1", "1 G", "1GB", "1.5G", "99999999999T", "1g"})
    EXPECT_FALSE(tools::bytes_in(text)) << text;
}

}  // namespace
