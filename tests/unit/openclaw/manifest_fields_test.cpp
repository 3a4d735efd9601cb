#include "openclaw/manifest_fields.hpp"

#include <gtest/gtest.h>

namespace {

using nlohmann::json;

TEST(ManifestFields, WhatIsAbsentOrOfTheWrongTypeIsNotThere) {
  const json object =
      json::parse(R"({"a": {"b": {"c": "x", "t": true, "l": ["y", "", 3]}}, "s": "z", "n": 1})");
  EXPECT_EQ(openclaw::string_member(object, "a.b.c"), "x");
  EXPECT_EQ(openclaw::string_member(object, "a.b"), "");
  EXPECT_EQ(openclaw::string_member(object, "s.b.c"), "");
  EXPECT_EQ(openclaw::string_member(json::array(), "s"), "");
  EXPECT_TRUE(openclaw::member(object, "a.x.y").is_null());
  EXPECT_EQ(openclaw::member(object, ""), object);
  EXPECT_TRUE(openclaw::is_true(object, "a.b.t"));
  EXPECT_FALSE(openclaw::is_true(object, "n"));
  EXPECT_EQ(openclaw::string_list(object, "a.b.l"), std::vector<std::string>{"y"});
  EXPECT_TRUE(openclaw::string_list(object, "s").empty());
}

TEST(ManifestFields, OptionalDependenciesOutweighDependencies) {
  const json package =
      json::parse(R"({"dependencies": {"a": "1", "b": "1", "c": 3}, "optionalDependencies": {"b": "2"}})");
  EXPECT_EQ(openclaw::all_dependencies(package), (openclaw::Dependencies{{"a", "1"}, {"b", "2"}}));
  EXPECT_TRUE(openclaw::all_dependencies(json::parse(R"({"dependencies": []})")).empty());
}

}  // namespace
