// SPDX-License-Identifier: MIT
#include "openclaw/manifest_fields.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;

TEST(ManifestFields, OptionalDependenciesOutweighDependencies) {
  const json package =
      json::parse(R"({"dependencies": {"a": "1", "b": "1", "c": 3}, "optionalDependencies": {"b": "2"}})");
  EXPECT_EQ(openclaw::all_dependencies(package), (openclaw::Dependencies{{"a", "1"}, {"b", "2"}}));
  EXPECT_TRUE(openclaw::all_dependencies(json::parse(R"({"dependencies": []})")).empty());
}

}  // namespace
