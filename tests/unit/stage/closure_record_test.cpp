// SPDX-License-Identifier: MIT
#include "stage/closure_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using testing::HasSubstr;

TEST(ClosureDescription, IsReadAsItWasWritten) {
  stage::ClosureDescription written;
  written.dependencies = {{"zod", "4.0.0"}};
  written.overrides = {{"libsignal", "1.0.0"}};
  written.scripts = {"sharp"};
  written.client = "npm 11.0.0";
  written.platform = "linux-x64";
  const auto read = stage::parse_description(stage::to_text(written), "closure.json");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(stage::to_text(*read), stage::to_text(written));
}

// A closure may be damaged, and the hook reads it before each start.
TEST(ClosureDescription, OfAnotherShapeIsRefusedByName) {
  for (const char* text : {R"({"schema":"1"})", R"({"schema":[1]})", R"({"schema":2})", "{}", "[]", "7"}) {
    const auto read = stage::parse_description(text, "closure.json");
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().message, HasSubstr("closure.json is not a closure description of schema 1"));
  }
}

TEST(ClosureDescription, MembersOfTheWrongTypeAreAsIfTheyWereNotThere) {
  const auto read = stage::parse_description(
      R"({"schema":1,"dependencies":7,"overrides":[],"scripts":"x","client":{},"platform":null})",
      "closure.json");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->dependencies.empty());
  EXPECT_TRUE(read->scripts.empty());
  EXPECT_EQ(read->client, "");
}

}  // namespace
