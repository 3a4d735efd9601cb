// SPDX-License-Identifier: MIT
#include "openclaw/effective_config.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "support/temporary_directory.hpp"

namespace {

using base::Environment;
using openclaw::BundledPlugin;
using openclaw::GatewayConfig;
using test_support::TemporaryDirectory;
using Entries = std::map<std::string, bool>;
using Names = std::set<std::string>;

std::vector<BundledPlugin> bundled() {
  std::vector<BundledPlugin> plugins;
  const auto add = [&](std::string name) -> BundledPlugin& {
    plugins.emplace_back();
    plugins.back().id = name;
    plugins.back().directory = std::move(name);
    return plugins.back();
  };
  add("acpx");
  BundledPlugin& anthropic = add("anthropic");
  anthropic.providers = {"anthropic"};
  anthropic.cli_backends = {"claude-cli"};
  anthropic.model_prefixes = {"claude-"};
  BundledPlugin& bedrock = add("amazon-bedrock");
  bedrock.providers = {"amazon-bedrock"};
  add("browser");
  BundledPlugin& codex = add("codex");
  codex.agent_harnesses = {"codex"};
  add("diffs");
  BundledPlugin& firecrawl = add("firecrawl");
  firecrawl.web_fetch_providers = {"firecrawl"};
  BundledPlugin& google = add("google");
  google.providers = {"google", "google-gemini-cli"};
  google.auto_enable_providers = {"google-gemini-cli"};
  google.offers_web_search = true;
  BundledPlugin& irc = add("irc");
  irc.channels = {"irc"};
  BundledPlugin& matrix = add("matrix");
  matrix.channels = {"matrix"};
  BundledPlugin& slack = add("slack");
  slack.channels = {"slack"};
  BundledPlugin& tavily = add("tavily");
  tavily.offers_web_search = true;
  tavily.tool_settings = {"depth"};
  return plugins;
}

GatewayConfig effective(std::string_view text, const base::Environment& environment = {}) {
  const TemporaryDirectory folder;
  const auto config = openclaw::read_gateway_config(folder.write("openclaw.json", text), {}, environment);
  EXPECT_TRUE(config) << config.error().message;
  const std::vector<BundledPlugin> plugins = bundled();
  GatewayConfig once = effective_config(config.value_or(GatewayConfig{}), plugins, environment);
  const GatewayConfig twice = effective_config(once, plugins, environment);
  EXPECT_EQ(once.entries, twice.entries);
  EXPECT_EQ(once.channels, twice.channels);
  EXPECT_EQ(once.allow, twice.allow);
  return once;
}
Entries entries(std::string_view text, const base::Environment& environment = {}) {
  return effective(text, environment).entries;
}

TEST(EffectiveConfig, ConfiguredChannelBecomesEnabled) {
  EXPECT_EQ(effective("{channels: {slack: {botToken: 'x'}}}").channels.at("slack"), true);
  EXPECT_EQ(effective("{channels: {slack: {botToken: 'x', enabled: false}}}").channels.at("slack"), false);
  EXPECT_TRUE(effective("{channels: {slack: {}}}").channels.empty());
}

TEST(EffectiveConfig, VariablesConfigureTheChannelsThatReadThem) {
  const auto channels = [](const base::Environment& environment) {
    return effective("{}", environment).channels;
  };
  EXPECT_TRUE(channels({{"SLACK_BOT_TOKEN", "x"}}).contains("slack"));
  EXPECT_TRUE(channels({{"SLACK_USER_TOKEN", "x"}}).contains("slack"));
  EXPECT_TRUE(channels({{"SLACK_BOT_TOKEN", "  "}, {"SLACK_SOMETHING", "x"}}).empty());
  EXPECT_TRUE(channels({{"IRC_HOST", "x"}}).empty());
  EXPECT_TRUE(channels({{"IRC_HOST", "x"}, {"IRC_NICK", "y"}}).contains("irc"));
  EXPECT_TRUE(channels({{"MATRIX_HOMESERVER", "x"}, {"MATRIX_USER_ID", "y"}}).empty());
  EXPECT_TRUE(channels({{"MATRIX_HOMESERVER", "x"}, {"MATRIX_ACCESS_TOKEN", "y"}}).contains("matrix"));
  EXPECT_TRUE(channels({{"TELEGRAM_BOT_TOKEN", "x"}}).empty());  // not bundled in this package
  EXPECT_TRUE(effective("{env: {vars: {SLACK_BOT_TOKEN: 'x'}}}").channels.contains("slack"));
  EXPECT_EQ(
      effective("{channels: {slack: {enabled: false}}}", {{"SLACK_BOT_TOKEN", "x"}}).channels.at("slack"),
      false);
}

TEST(EffectiveConfig, ModelsEnableThePluginThatOwnsThem) {
  EXPECT_EQ(entries("{agents: {defaults: {model: 'bedrock/nova'}}}"), (Entries{{"amazon-bedrock", true}}));
  EXPECT_EQ(entries("{agents: {defaults: {model: 'claude-opus-4'}}}"), (Entries{{"anthropic", true}}));
  EXPECT_EQ(entries("{agents: {defaults: {model: 'claude-cli/opus'}}}"), (Entries{{"anthropic", true}}));
  EXPECT_EQ(entries("{agents: {list: [{model: {fallbacks: ['google/x']}}]}}"), (Entries{{"google", true}}));
  EXPECT_EQ(entries("{agents: {defaults: {imageModel: 'google/x', model: 'nobody/x'}}}"), Entries{});
}

TEST(EffectiveConfig, SomeProvidersEnableTheirPluginWhenTheyAreSetUp) {
  EXPECT_EQ(entries("{auth: {profiles: {a: {provider: 'google-gemini-cli'}}}}"), (Entries{{"google", true}}));
  EXPECT_EQ(entries("{models: {providers: {'google-gemini-cli': {}}}}"), (Entries{{"google", true}}));
  EXPECT_EQ(entries("{models: {providers: {google: {}}}}"), Entries{});
  EXPECT_EQ(entries("{auth: {order: {'google-gemini-cli': []}}}"), Entries{});
}

TEST(EffectiveConfig, AgentRuntimesEnableTheirHarness) {
  EXPECT_EQ(entries("{agents: {defaults: {agentRuntime: {id: 'Codex'}}}}"), (Entries{{"codex", true}}));
  EXPECT_EQ(entries("{agents: {list: [{agentRuntime: {id: 'claude-cli'}}]}}"),
            (Entries{{"anthropic", true}}));
  EXPECT_EQ(entries("{agents: {defaults: {agentRuntime: {id: 'pi'}}}}"), Entries{});
  EXPECT_EQ(entries("{}", {{"OPENCLAW_AGENT_RUNTIME", "codex"}}), (Entries{{"codex", true}}));
}

TEST(EffectiveConfig, SettingsOfAPluginEnableIt) {
  EXPECT_EQ(entries("{plugins: {entries: {google: {config: {webSearch: {}}}}}}"),
            (Entries{{"google", true}}));
  EXPECT_EQ(entries("{plugins: {entries: {firecrawl: {config: {webFetch: {}}}}}}"),
            (Entries{{"firecrawl", true}}));
  EXPECT_EQ(entries("{plugins: {entries: {tavily: {config: {depth: 2}}}}}"), (Entries{{"tavily", true}}));
  EXPECT_EQ(entries("{plugins: {entries: {tavily: {config: {webSearch: {}}}}}}"),
            Entries{});  // has no provider
  EXPECT_EQ(entries("{plugins: {entries: {google: {enabled: false, config: {webSearch: {}}}}}}"),
            (Entries{{"google", false}}));
}

TEST(EffectiveConfig, WebFetchProviderCountsOnlyBesideAnotherReasonToLook) {
  EXPECT_EQ(entries("{tools: {web: {fetch: {provider: 'Firecrawl'}}}}"), Entries{});
  EXPECT_EQ(entries("{tools: {web: {fetch: {provider: 'Firecrawl'}}}, models: {providers: {x: {}}}}"),
            (Entries{{"firecrawl", true}}));
}

TEST(EffectiveConfig, SettingsElsewhereEnableTheBrowserAndAcp) {
  EXPECT_EQ(entries("{browser: {}, acp: {enabled: true}}"), (Entries{{"acpx", true}, {"browser", true}}));
  EXPECT_EQ(entries("{browser: {}, plugins: {entries: {browser: {enabled: false}}}}"),
            (Entries{{"browser", false}}));
  EXPECT_EQ(entries("{browser: {}, plugins: {deny: ['browser']}}"), Entries{});
}

TEST(EffectiveConfig, WhatIsEnabledIsAllowedToo) {
  EXPECT_EQ(effective("{channels: {slack: {a: 1}}, plugins: {allow: ['diffs']}}").allow,
            (Names{"diffs", "slack"}));
  EXPECT_EQ(effective("{channels: {slack: {a: 1}}, plugins: {allow: []}}").allow, Names{"slack"});
  EXPECT_EQ(effective("{channels: {slack: {a: 1}}}").allow, Names{});
}

TEST(EffectiveConfig, EntriesThatSomebodyFilledInAreAllowed) {
  EXPECT_EQ(
      effective(
          "{plugins: {allow: ['acpx'], entries: {diffs: {config: {}}, codex: {}, tavily: {enabled: true}}}}")
          .allow,
      (Names{"acpx", "diffs", "tavily"}));
  EXPECT_EQ(effective("{plugins: {allow: ['acpx'], entries: {diffs: {enabled: false, config: {}}}}}").allow,
            Names{"acpx"});
}

TEST(EffectiveConfig, NothingIsEnabledWherePluginsAreOff) {
  EXPECT_EQ(entries("{plugins: {enabled: false}, browser: {}}", {{"SLACK_BOT_TOKEN", "x"}}), Entries{});
}

}  // namespace
