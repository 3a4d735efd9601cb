// SPDX-License-Identifier: MIT
#include "openclaw/plugin_policy.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using openclaw::BundledPlugin;
using openclaw::decide_needs;
using openclaw::GatewayConfig;
using openclaw::PluginNeed;
using openclaw::PolicyGeneration;
using openclaw::Selection;

constexpr PolicyGeneration by_default = PolicyGeneration::by_default_or_enabled;
constexpr PolicyGeneration exact = PolicyGeneration::exact_manifest;

BundledPlugin plugin(std::string directory) {
  BundledPlugin result;
  result.id = directory;
  result.directory = std::move(directory);
  return result;
}

std::vector<BundledPlugin> bundled() {
  std::vector<BundledPlugin> plugins;
  plugins.push_back(plugin("acpx"));
  plugins.back().enabled_by_default = true;
  plugins.push_back(plugin("codex"));
  plugins.back().providers = {"codex"};
  plugins.push_back(plugin("diffs"));
  plugins.push_back(plugin("kimi-coding"));
  plugins.back().id = "kimi";
  plugins.back().providers = {"kimi", "kimi-coding"};
  plugins.push_back(plugin("memory-core"));
  plugins.push_back(plugin("minimax"));
  plugins.back().legacy_ids = {"minimax-old"};
  plugins.push_back(plugin("openai"));
  plugins.back().enabled_by_default = true;
  plugins.back().providers = {"openai", "openai-codex"};
  plugins.back().model_prefixes = {"gpt-", "o1"};
  plugins.push_back(plugin("slack"));
  plugins.back().channels = {"Slack", "slack-enterprise"};
  return plugins;
}

const std::vector<BundledPlugin>& all() {
  static const std::vector<BundledPlugin> plugins = bundled();
  return plugins;
}

// The directories of those that count.
std::vector<std::string> needed(const GatewayConfig& config, PolicyGeneration generation,
                                const Selection& selection = {}) {
  std::vector<std::string> names;
  for (const PluginNeed& need : decide_needs(all(), config, generation, selection)) {
    if (need.needed) names.push_back(need.plugin->directory);
  }
  return names;
}

std::string reason(std::string_view directory, const GatewayConfig& config, PolicyGeneration generation) {
  for (const PluginNeed& need : decide_needs(all(), config, generation, {})) {
    if (need.plugin->directory == directory) return (need.needed ? "yes: " : "no: ") + need.reason;
  }
  return "";
}

using Names = std::vector<std::string>;

TEST(PluginPolicy, WithoutAConfigTheDefaultsAndTheMemorySlotCount) {
  EXPECT_EQ(needed({}, by_default), (Names{"acpx", "memory-core", "openai"}));
  EXPECT_EQ(needed({}, exact), (Names{"acpx", "memory-core"}));
}

TEST(PluginPolicy, From2026_4_29ProvidersCountOnlyWhenConfigured) {
  GatewayConfig config;
  config.providers = {"openai", "kimi"};
  EXPECT_EQ(needed(config, exact), (Names{"acpx", "kimi-coding", "memory-core", "openai"}));
  EXPECT_EQ(reason("openai", config, exact), "yes: provider openai is configured");
  EXPECT_EQ(reason("openai", {}, exact), "no: none of its providers is configured");
  EXPECT_EQ(reason("kimi-coding", config, by_default), "no: not configured");
}

TEST(PluginPolicy, BareModelBelongsToThePluginThatClaimsIt) {
  GatewayConfig config;
  config.bare_models = {"gpt-5"};
  EXPECT_EQ(reason("openai", config, exact), "yes: model gpt-5 is configured");
  config.bare_models = {"unheard-of"};
  EXPECT_EQ(reason("openai", config, exact), "no: none of its providers is configured");
}

TEST(PluginPolicy, BareModelThatTwoClaimBelongsToNeither) {
  std::vector<BundledPlugin> plugins = bundled();
  plugins.front().model_prefixes = {"gpt-"};
  EXPECT_EQ(owner_of_bare_model(plugins, "gpt-5"), nullptr);
  plugins.front().model_patterns = {"^gpt-[0-9]+$", "(unreadable"};
  ASSERT_NE(owner_of_bare_model(plugins, "gpt-5"), nullptr);  // a pattern outweighs prefixes
  EXPECT_EQ(owner_of_bare_model(plugins, "gpt-5")->directory, "acpx");
}

TEST(PluginPolicy, APatternTooLongToBeReadClaimsNothing) {
  std::vector<BundledPlugin> plugins = bundled();
  plugins.front().model_patterns = {std::string(500'000, '(') + "gpt"};
  EXPECT_EQ(openclaw::owner_of_bare_model({plugins.front()}, "gpt-5"), nullptr);
}

TEST(PluginPolicy, ChannelCountsWhenEnabledOrConfigured) {
  for (const PolicyGeneration generation : {by_default, exact}) {
    GatewayConfig config;
    config.channels["slack"] = true;
    EXPECT_EQ(reason("slack", config, generation), "yes: channel slack is enabled");
    config.channels["slack"] = std::nullopt;
    EXPECT_EQ(reason("slack", config, generation), "yes: channel slack is configured");
    config.channels["slack"] = false;
    EXPECT_EQ(reason("slack", config, generation), "no: channel slack is disabled in the config");
    config.channels["slack-enterprise"] = true;  // another channel of the same plugin
    EXPECT_EQ(reason("slack", config, generation), "yes: channel slack-enterprise is enabled");
  }
}

TEST(PluginPolicy, EntryOutweighsADisabledChannelOnlyInOldVersions) {
  GatewayConfig config;
  config.channels["slack"] = false;
  config.entries["slack"] = true;
  EXPECT_EQ(reason("slack", config, by_default), "yes: enabled in the config");
  EXPECT_EQ(reason("slack", config, exact), "no: channel slack is disabled in the config");
}

TEST(PluginPolicy, ProhibitionsComeFirst) {
  GatewayConfig config;
  config.channels["slack"] = true;
  config.entries["acpx"] = false;
  config.deny = {"slack", "memory-core"};
  for (const PolicyGeneration generation : {by_default, exact}) {
    EXPECT_EQ(reason("slack", config, generation), "no: denied in the config");
    EXPECT_EQ(reason("memory-core", config, generation), "no: denied in the config");
    EXPECT_EQ(reason("acpx", config, generation), "no: disabled in the config");
  }
  config.plugins_enabled = false;
  EXPECT_TRUE(needed(config, exact).empty());
  EXPECT_EQ(reason("diffs", config, exact), "no: plugins are disabled in the config");
}

TEST(PluginPolicy, AllowListRestrictsAllButSlotsAndChannels) {
  GatewayConfig config;
  config.allow = {"diffs"};
  config.entries["diffs"] = true;
  config.entries["codex"] = true;
  config.channels["slack"] = true;
  for (const PolicyGeneration generation : {by_default, exact}) {
    EXPECT_EQ(needed(config, generation), (Names{"diffs", "memory-core", "slack"}));
  }
  EXPECT_EQ(reason("acpx", config, exact), "no: not in plugins.allow");
}

TEST(PluginPolicy, SlotsNameThePluginThatFillsThem) {
  GatewayConfig config;
  config.memory_slot = "";
  config.context_engine_slot = "diffs";
  EXPECT_EQ(needed(config, exact), (Names{"acpx", "diffs"}));
  EXPECT_EQ(reason("diffs", config, exact), "yes: fills the context engine slot");
}

TEST(PluginPolicy, IdsHaveOtherNames) {
  GatewayConfig config;
  config.entries["OpenAI-Codex"] = true;    // a provider of openai
  config.entries["minimax-portal"] = true;  // known to OpenClaw's code
  EXPECT_EQ(needed(config, exact), (Names{"acpx", "memory-core", "minimax", "openai"}));
  config.entries.clear();
  config.entries["minimax-old"] = true;  // a former id
  EXPECT_EQ(needed(config, exact), (Names{"acpx", "memory-core", "minimax"}));
}

// The id of dist/extensions/kimi-coding is "kimi", and OpenClaw compares ids with directories.
TEST(PluginPolicy, PluginWithAnIdOfItsOwnCannotBeEnabledByEntry) {
  GatewayConfig config;
  config.entries["kimi-coding"] = true;
  EXPECT_EQ(reason("kimi-coding", config, exact), "no: not configured");
}

TEST(PluginPolicy, SelectionOutweighsTheConfig) {
  GatewayConfig config;
  config.plugins_enabled = false;
  EXPECT_EQ(needed(config, exact, {.only = {"slack", "KIMI"}}), (Names{"kimi-coding", "slack"}));
  EXPECT_EQ(needed(config, exact, {.all = true}).size(), all().size());
  EXPECT_EQ(needed({}, exact, {.only = {"nothing"}}), Names{});
}

TEST(PluginPolicy, SelectionsThatNameNoPluginAreReported) {
  EXPECT_EQ(unknown_selections(all(), {.only = {"slack", "slak", "kimi", "../x"}}), (Names{"../x", "slak"}));
  EXPECT_TRUE(unknown_selections(all(), {.all = true}).empty());
}

TEST(PluginPolicy, AnswersForEveryPluginInTheirOrder) {
  const auto needs = decide_needs(all(), {}, exact, {});
  ASSERT_EQ(needs.size(), all().size());
  for (std::size_t i = 0; i < needs.size(); ++i) {
    EXPECT_EQ(needs[i].plugin, &all()[i]);
    EXPECT_FALSE(needs[i].reason.empty());
  }
}

}  // namespace
