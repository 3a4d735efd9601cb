// SPDX-License-Identifier: MIT
#include "openclaw/gateway_config.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/temporary_directory.hpp"

namespace {

using base::Environment;
using openclaw::GatewayConfig;
using openclaw::normalize_provider_id;
using openclaw::parse_model_ref;
using openclaw::read_gateway_config;
using test_support::TemporaryDirectory;
using Names = std::set<std::string>;

GatewayConfig read(std::string_view text, const base::Environment& environment = {}) {
  const TemporaryDirectory folder;
  auto config = read_gateway_config(folder.write("openclaw.json", text), {}, environment);
  EXPECT_TRUE(config) << config.error().message;
  return config.value_or(GatewayConfig{});
}

TEST(GatewayConfig, IsTheDefaultsWhereThereIsNoFile) {
  const TemporaryDirectory folder;
  const auto config = read_gateway_config(folder.path("openclaw.json"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config->plugins_enabled);
  EXPECT_EQ(config->memory_slot, "memory-core");
  EXPECT_TRUE(config->channels.empty());
  EXPECT_EQ(config->files,
            std::vector<std::string>{folder.path("openclaw.json")});  // its appearing must be noticed
}

TEST(GatewayConfig, ReadsThePluginsSection) {
  const GatewayConfig config =
      read(R"({plugins: {enabled: false, allow: [' slack ', '', 3], deny: ['browser'],
      slots: {memory: 'None', contextEngine: 'engine'},
      entries: {slack: {enabled: true}, diffs: {enabled: false}, acpx: {}, xai: {enabled: 'yes'},
        'x ': 3}}})");
  EXPECT_FALSE(config.plugins_enabled);
  EXPECT_EQ(config.allow, Names{"slack"});
  EXPECT_EQ(config.deny, Names{"browser"});
  EXPECT_EQ(config.memory_slot, "");
  EXPECT_EQ(config.context_engine_slot, "engine");
  EXPECT_EQ(config.entries, (std::map<std::string, bool>{{"diffs", false}, {"slack", true}}));
  EXPECT_TRUE(config.hints.has_allow_list);
}

TEST(GatewayConfig, AnEmptySlotIsTheDefault) {
  EXPECT_EQ(read("{plugins: {slots: {memory: ' '}}}").memory_slot, "memory-core");
}

TEST(GatewayConfig, TellsEnabledDisabledAndMerelyConfiguredChannelsApart) {
  const GatewayConfig config =
      read(R"({channels: {slack: {enabled: true}, discord: {enabled: false, token: 't'},
      telegram: {botToken: 't'}, irc: {}, matrix: {enabled: 'yes'},
      defaults: {x: 1}, modelByChannel: {x: 1}, line: 3}})");
  using Channels = std::map<std::string, std::optional<bool>>;
  EXPECT_EQ(config.channels, (Channels{{"discord", false}, {"slack", true}, {"telegram", std::nullopt}}));
  EXPECT_EQ(config.hints.channels_with_settings, (Names{"discord", "telegram"}));
}

TEST(GatewayConfig, CollectsProvidersFromEveryPlaceThatNamesThem) {
  const GatewayConfig config = read(R"({
      models: {providers: {'Z.AI': {}, ollama: {}}},
      auth: {profiles: {a: {provider: 'bedrock'}, b: {}}, order: {xai: ['a']}},
      agents: {
        defaults: {model: {primary: 'anthropic/claude-opus@work', fallbacks: ['groq/x', 'gpt-5', 3]},
          imageModel: 'google/i', imageGenerationModel: 'fal/g', videoGenerationModel: 'runway/v',
          musicGenerationModel: 'suno/m', pdfModel: 'mistral/p', subagents: {model: 'deepseek/s'},
          models: {'openrouter/auto': {}, '/x': {}, 'y/': {}}},
        list: [{model: 'venice/l', subagents: {model: {primary: 'together/t'}}}, 3]}})");
  EXPECT_EQ(config.providers,
            (Names{"zai", "ollama", "amazon-bedrock", "xai", "anthropic", "groq", "google", "fal", "runway",
                   "suno", "mistral", "deepseek", "openrouter", "venice", "together"}));
  EXPECT_EQ(config.bare_models, Names{"gpt-5"});
  EXPECT_EQ(config.hints.auth_providers, (Names{"zai", "ollama", "amazon-bedrock"}));
}

TEST(GatewayConfig, KnowsWhichMemorySearchIsUsed) {
  const GatewayConfig config = read(R"({agents: {defaults: {memorySearch: {provider: ' Local '}},
      list: [{memorySearch: {provider: 'openai', enabled: false}}, {memorySearch: {provider: 'voyage'}}]}})");
  EXPECT_EQ(config.memory_search_providers, (Names{"local", "voyage"}));
}

TEST(GatewayConfig, TakesVariablesFromTheEnvironmentAndFromItself) {
  constexpr std::string_view text = R"({env: {OWN: 'ollama', vars: {INNER: 'fal'}},
      agents: {defaults: {model: '${PROVIDER}/m', imageModel: '${OWN}/m', pdfModel: '${INNER}/m'}}})";
  EXPECT_EQ(read(text, {{"PROVIDER", "groq"}}).providers, (Names{"fal", "groq", "ollama"}));
  EXPECT_EQ(read(text, {{"PROVIDER", "groq"}, {"OWN", "xai"}}).providers, (Names{"fal", "groq", "xai"}));
  EXPECT_EQ(read("{agents: {defaults: {model: '$${A}/m'}}}", {{"A", "groq"}}).providers, Names{"${a}"});
  EXPECT_EQ(read("{agents: {defaults: {model: '${lower}$/m'}}}", {{"lower", "groq"}}).providers,
            Names{"${lower}$"});
}

// Each "$" of a text is looked at once, however far the next "}" is.
TEST(GatewayConfig, TakesNoLongerThanItsTextsAreLong) {
  std::string text;
  while (text.size() < (std::size_t{1} << 20)) text += "${";
  EXPECT_EQ(read("{x: '" + text + "', agents: {defaults: {model: '${A}/m'}}}", {{"A", "groq"}}).providers,
            Names{"groq"});
  EXPECT_EQ(read("{agents: {defaults: {model: '${1}${}${A B}${A/m'}}}", {{"A", "groq"}}).providers,
            Names{"${1}${}${a b}${a"});
}

TEST(GatewayConfig, NoticesWhatMakesOpenClawEnablePluginsByItself) {
  const auto probed = [](std::string_view text) { return read(text).hints.probed; };
  EXPECT_EQ(probed("{browser: {}}"), Names{"browser"});
  EXPECT_EQ(probed("{browser: {enabled: false}, tools: {allow: ['browser']}}"), Names{});
  EXPECT_EQ(probed("{tools: {alsoAllow: [' Browser']}}"), Names{"browser"});
  EXPECT_EQ(probed("{agents: {list: [{tools: {allow: ['browser']}}]}}"), Names{"browser"});
  EXPECT_EQ(probed("{plugins: {entries: {browser: {}}}}"), Names{"browser"});
  EXPECT_EQ(probed("{acp: {enabled: true}}"), Names{"acpx"});
  EXPECT_EQ(probed("{acp: {enabled: true, backend: 'other'}}"), Names{});
  EXPECT_EQ(probed("{tools: {web: {x_search: {}}}}"), Names{"xai"});
  EXPECT_EQ(probed("{plugins: {entries: {xai: {config: {xSearch: {}}}}}}"), Names{"xai"});
}

TEST(GatewayConfig, NoticesWebTools) {
  const auto uses = [](std::string_view text) { return read(text).hints.uses_web_tools; };
  EXPECT_TRUE(uses("{tools: {web: {search: {provider: 'duckduckgo'}}}}"));
  EXPECT_TRUE(uses("{tools: {web: {fetch: {}}}}"));
  EXPECT_TRUE(uses("{plugins: {entries: {brave: {config: {webSearch: {}}}}}}"));
  EXPECT_FALSE(uses("{tools: {web: {search: {enabled: false}}}}"));
  EXPECT_FALSE(
      uses("{tools: {web: {x_search: {}}}, plugins: {entries: {xai: {config: {codeExecution: {}}}}}}"));
}

TEST(GatewayConfig, SaysWhereAMalformedOneIsWrong) {
  const TemporaryDirectory folder;
  const auto config = read_gateway_config(folder.write("openclaw.json", "{\n  channels: [,]\n}"));
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().kind, base::ErrorKind::bad_input);
  EXPECT_NE(config.error().message.find("openclaw.json"), std::string::npos) << config.error().message;
  EXPECT_NE(config.error().message.find("line 2"), std::string::npos) << config.error().message;
  EXPECT_FALSE(read_gateway_config(folder.write("list.json", "[]")));
}

TEST(GatewayConfig, SectionsOfTheWrongTypeAreAsIfAbsent) {
  const GatewayConfig config = read(R"({plugins: [], channels: 3, models: 'x', auth: null, env: [],
      agents: {defaults: 'x', list: {}}, tools: [], browser: 1, acp: 2})");
  EXPECT_TRUE(config.plugins_enabled);
  EXPECT_TRUE(config.providers.empty());
  EXPECT_TRUE(config.channels.empty());
}

TEST(GatewayConfig, KeepsNoSecret) {
  const GatewayConfig config = read(R"({env: {vars: {SLACK_BOT_TOKEN: 'xoxb-secret'}},
      channels: {slack: {botToken: 'xoxb-secret'}}, plugins: {entries: {brave: {apiKey: 'xoxb-secret',
      config: {webSearch: {apiKey: 'xoxb-secret'}}}}}})");
  EXPECT_EQ(config.hints.variables, Names{"SLACK_BOT_TOKEN"});
  EXPECT_EQ(config.hints.entry_settings.at("brave"), Names{"webSearch"});
}

TEST(ProviderId, HasTheOtherNamesThatOpenClawKnows) {
  EXPECT_EQ(normalize_provider_id(" OpenAI "), "openai");
  EXPECT_EQ(normalize_provider_id("z-ai"), "zai");
  EXPECT_EQ(normalize_provider_id("aws-bedrock"), "amazon-bedrock");
  EXPECT_EQ(normalize_provider_id("Kimi-Coding"), "kimi");
  EXPECT_EQ(normalize_provider_id("qwencloud"), "qwen");
  EXPECT_EQ(normalize_provider_id("doubao"), "volcengine");
  EXPECT_EQ(normalize_provider_id(""), "");
}

TEST(ModelRef, IsTakenApart) {
  struct Row {
    const char* text;
    const char* provider;
    const char* model;
  };
  constexpr Row rows[] = {
      {"openai/gpt-5", "openai", "gpt-5"},
      {" bedrock / nova ", "amazon-bedrock", "nova"},
      {"openrouter/z-ai/glm@work", "openrouter", "z-ai/glm"},
      {"gpt-5", "", "gpt-5"},
      {"gpt-5@work", "", "gpt-5"},
      {"claude-opus@20260401", "", "claude-opus@20260401"},
      {"claude-opus@20260401@work", "", "claude-opus@20260401"},
      {"qwen@q4_k_m", "", "qwen@q4_k_m"},
      {"qwen@iq2@work", "", "qwen@iq2"},
      {"qwen@8bit@work", "", "qwen@8bit"},
      {"qwen@quick", "", "qwen"},
      {"@work", "", "@work"},
      {"gpt-5@", "", "gpt-5@"},
  };
  for (const Row& row : rows) {
    const auto ref = parse_model_ref(row.text);
    ASSERT_TRUE(ref) << row.text;
    EXPECT_EQ(ref->provider, row.provider) << row.text;
    EXPECT_EQ(ref->model, row.model) << row.text;
  }
  for (const char* none : {"", "  ", "/gpt-5", "openai/", "openai/ "})
    EXPECT_FALSE(parse_model_ref(none)) << none;
}

}  // namespace
