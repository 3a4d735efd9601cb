// SPDX-License-Identifier: MIT
#include "openclaw/dependency_plan.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using openclaw::BundledPlugin;
using openclaw::Dependencies;
using openclaw::DependencyPlan;
using openclaw::GatewayConfig;
using openclaw::Package;
using openclaw::PluginNeed;

class Plan : public ::testing::Test {
 protected:
  Plan() {
    package_.dependencies = {{"tslog", "^4.10.2"}, {"ws", "^8.20.0"}};
    package_.mirrored_dependencies = {"tslog", "ws"};
    slack_.directory = "slack";
    slack_.dependencies = {{"@slack/bolt", "^4.7.1"}, {"ws", "^8.20.0"}};
    memory_.directory = "memory-core";
    memory_.local_memory_embedding = {{"node-llama-cpp", "3.18.1"}};
  }
  [[nodiscard]] DependencyPlan plan(bool slack, bool memory) const {
    return plan_dependencies(package_, {{&slack_, slack, ""}, {&memory_, memory, ""}}, config_);
  }
  Package package_;
  BundledPlugin slack_, memory_;
  GatewayConfig config_;
};

TEST_F(Plan, IsTheUnionOfWhatCountsAndOfWhatTheCoreMirrors) {
  const DependencyPlan both = plan(true, true);
  EXPECT_EQ(both.dependencies,
            (Dependencies{{"@slack/bolt", "^4.7.1"}, {"tslog", "^4.10.2"}, {"ws", "^8.20.0"}}));
  EXPECT_EQ(both.wanted_by.at("ws"), (std::set<std::string>{"openclaw-core", "slack"}));
  EXPECT_TRUE(both.conflicts.empty());
}

TEST_F(Plan, IsEmptyWhereNoPluginNeedsAnything) {
  EXPECT_TRUE(plan(false, false).dependencies.empty());
  EXPECT_TRUE(plan(false, true).dependencies.empty());
}

TEST_F(Plan, HasTheLocalEmbeddingOnlyWhereItIsConfigured) {
  config_.memory_search_providers = {"openai"};
  EXPECT_FALSE(plan(true, true).dependencies.contains("node-llama-cpp"));
  config_.memory_search_providers = {"local"};
  EXPECT_TRUE(plan(true, true).dependencies.contains("node-llama-cpp"));
  EXPECT_FALSE(plan(true, false).dependencies.contains("node-llama-cpp"));
}

TEST_F(Plan, LeavesDefectivePluginsOut) {
  slack_.defect = "dist/extensions/slack/package.json is malformed";
  EXPECT_TRUE(plan(true, true).dependencies.empty());
}

TEST_F(Plan, NamesPackagesThatAreWantedTwice) {
  memory_.dependencies = {{"ws", "7.5.10"}};
  const DependencyPlan both = plan(true, true);
  EXPECT_EQ(both.conflicts.at("ws"), (std::set<std::string>{"7.5.10", "^8.20.0"}));
  EXPECT_EQ(both.dependencies.at("ws"), "^8.20.0");
}

// Seen with 2026.4.29 and brave, tavily, duckduckgo or firecrawl set up.
TEST_F(Plan, IsContestedWhereWebToolsAreUsed) {
  EXPECT_FALSE(plan_is_contested(config_));
  config_.hints.uses_web_tools = true;
  EXPECT_TRUE(plan_is_contested(config_));
  config_.plugins_enabled = false;
  EXPECT_FALSE(plan_is_contested(config_));
}

}  // namespace
