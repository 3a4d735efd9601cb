// SPDX-License-Identifier: MIT
#include "base/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "base/json_numbers.hpp"

namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

std::string complaint(const std::string& text, const base::JsonLimits& limits = {}) {
  const auto value = base::parse_json(text, "dist/package.json", limits);
  return value ? "" : value.error().message;
}

TEST(Json, WhatIsNestedTooDeepIsRefusedByEitherReader) {
  EXPECT_TRUE(base::json_in(nested(256)));
  EXPECT_FALSE(base::json_in(nested(257)));
  EXPECT_TRUE(base::json_or_null(nested(257)).is_null());
  EXPECT_EQ(complaint(nested(256)), "");
  EXPECT_THAT(complaint(nested(257)), HasSubstr("\"dist/package.json\" is nested deeper than 256 levels"));
  EXPECT_FALSE(base::json_in(nested(65), {.levels = 64}));
  EXPECT_TRUE(base::json_in("\"" + std::string(1000, '[') + "\"")) << "brackets in a text are not nesting";
  EXPECT_FALSE(base::json_in(std::string(1'000'000, '[')));
}

TEST(Json, WhatIsTooLargeIsRefusedByEitherReader) {
  EXPECT_TRUE(base::json_in("\"12345678\"", {.bytes = 10}));
  EXPECT_FALSE(base::json_in("\"123456789\"", {.bytes = 10}));
  EXPECT_THAT(complaint("\"123456789\"", {.bytes = 10}), HasSubstr("is larger than 10 B"));
}

TEST(Json, WhatIsNoneIsNothingOrSaysWhereItStumbled) {
  for (const char* text : {"{name: 1}", "[1,]", "// x\n1", "'a'", "", "1e999", "{\"a\":", "\xff"}) {
    EXPECT_FALSE(base::json_in(text)) << text;
    EXPECT_THAT(complaint(text), HasSubstr("\"dist/package.json\" is not JSON")) << text;
  }
  EXPECT_THAT(complaint("{\"a\": }"), HasSubstr("byte 7"));
  EXPECT_TRUE(base::json_in("null")) << "null is JSON";
}

TEST(JsonMembers, WhatIsAbsentOrOfTheWrongTypeIsNotThere) {
  const json object =
      json::parse(R"({"a": {"b": {"c": "x", "t": true, "l": ["y", "", 3]}}, "s": "z", "n": 1, "d.e": "f"})");
  EXPECT_EQ(base::text_at(object, "a.b.c"), "x");
  EXPECT_EQ(base::text_at(object, "a.b"), "");
  EXPECT_EQ(base::text_at(object, "s.b.c"), "");
  EXPECT_EQ(base::text_at(json::array(), "s"), "");
  EXPECT_TRUE(base::member_at(object, "a.x.y").is_null());
  EXPECT_EQ(base::member_at(object, ""), object);
  EXPECT_TRUE(base::is_true_at(object, "a.b.t"));
  EXPECT_FALSE(base::is_true_at(object, "n"));
  EXPECT_THAT(base::texts_at(object, "a.b.l"), ElementsAre("y"));
  EXPECT_THAT(base::texts_at(object, "s"), IsEmpty());
  EXPECT_EQ(base::as_text(base::member(object, "d.e")), "f") << "a name may have dots in it";
  EXPECT_TRUE(base::member(object, "a.b").is_null());
  for (const json& other : {json(nullptr), json(7), json("text"), json::array({1})}) {
    EXPECT_TRUE(base::member(other, "a").is_null()) << other;
  }
}

TEST(JsonMembers, ValuesOfAnotherTypeAreNone) {
  EXPECT_EQ(base::as_flag(true), true);
  EXPECT_FALSE(base::as_flag(1));
  EXPECT_EQ(base::as_integer(-7), -7);
  EXPECT_FALSE(base::as_integer(7.0));
  EXPECT_FALSE(base::as_integer("7"));
  EXPECT_FALSE(base::as_integer(std::uint64_t{1} << 63)) << "it would come out negative";
  EXPECT_EQ(base::as_unsigned(std::uint64_t{1} << 63), std::uint64_t{1} << 63);
  EXPECT_FALSE(base::as_unsigned(-1));
  EXPECT_EQ(base::as_whole<unsigned>(7), 7U);
  EXPECT_EQ(base::as_whole<std::uint64_t>(std::uint64_t{1} << 63), std::uint64_t{1} << 63);
  EXPECT_FALSE(base::as_whole<unsigned>(-1));
  EXPECT_FALSE(base::as_whole<unsigned>(std::uint64_t{1} << 32));
  EXPECT_FALSE(base::as_whole<unsigned>(1e300));
  EXPECT_EQ(base::as_milliseconds(1'795'000'000'000), 1'795'000'000'000);
  EXPECT_EQ(base::as_milliseconds(-5), -5);
  EXPECT_FALSE(base::as_milliseconds(std::numeric_limits<std::int64_t>::max()));
  EXPECT_FALSE(base::as_milliseconds(std::numeric_limits<std::int64_t>::min()));
  EXPECT_FALSE(base::as_milliseconds(1e12));
  EXPECT_EQ(base::as_shown("a\n\x1b[31mb", 10), "a b");
  EXPECT_EQ(base::as_shown("abcdef", 3), "abc");
  EXPECT_EQ(base::as_shown(7, 3), "");
  EXPECT_TRUE(base::as_object(json::array()).is_object());
  EXPECT_TRUE(base::as_list(json::object()).is_array());
}

}  // namespace
