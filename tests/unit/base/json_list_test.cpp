// SPDX-License-Identifier: MIT
#include "base/json_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using nlohmann::json;
using testing::ElementsAre;

TEST(JsonBesideList, HandsOverTheElementsOfThatListAndKeepsTheRest) {
  std::vector<json> taken;
  const auto take = [&](const json& element) {
    taken.push_back(element);
    return true;
  };
  const auto rest = base::json_beside_list(
      R"({"a": [1, [2]], "rows": [{"rows": ["x"], "n": {"m": 1}}, 7, [8, 9], "t"], "b": {"rows": [5]}, "c": 3})",
      "rows", take);
  ASSERT_TRUE(rest);
  EXPECT_EQ(*rest, json::parse(R"({"a": [1, [2]], "rows": [], "b": {"rows": [5]}, "c": 3})"));
  EXPECT_THAT(taken, ElementsAre(json::parse(R"({"rows": ["x"], "n": {"m": 1}})"), json(7),
                                 json::parse("[8, 9]"), json("t")));
}

TEST(JsonBesideList, IsNothingIfAnElementIsRefusedOrTheTextIsNoJson) {
  const auto refuses_two = [](const json& element) { return element != 2; };
  EXPECT_TRUE(base::json_beside_list(R"({"rows": [1, 3]})", "rows", refuses_two));
  EXPECT_FALSE(base::json_beside_list(R"({"rows": [1, 2, 3]})", "rows", refuses_two));
  EXPECT_FALSE(base::json_beside_list(R"({"rows": [1, 3})", "rows", refuses_two));
  const std::string deep = std::string(256, '[') + std::string(256, ']');
  EXPECT_TRUE(base::json_beside_list(deep, "rows", refuses_two));
  EXPECT_FALSE(base::json_beside_list("[" + deep + "]", "rows", refuses_two));
  EXPECT_FALSE(base::json_beside_list(R"({"rows": [1]})", "rows", refuses_two, {.bytes = 5}));
}

}  // namespace
