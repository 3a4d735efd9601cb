// SPDX-License-Identifier: MIT
// What openclaw.json says about plugins, enough to know which ones count, and about updates of its own;
// nothing secret. Tokens are read past, never stored.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "openclaw/environment.hpp"

namespace openclaw {

// What OpenClaw's own auto-enable looks at (effective_config.hpp); nothing else needs it.
struct AutoEnableHints {
  bool has_allow_list = false;  // plugins.allow is a list, be it empty: what is enabled is added to it
  std::set<std::string> channels_with_settings;  // channels that say more than "enabled"
  std::vector<std::string> model_refs;           // as written, of the agents' models
  std::set<std::string> auth_providers;          // normalised, of models.providers and auth.profiles
  std::set<std::string> agent_runtimes;          // agents.*.agentRuntime.id
  std::string web_fetch_provider;                // tools.web.fetch.provider
  // tools.web.search or tools.web.fetch is there and not disabled, or an entry's config has webSearch or
  // webFetch.
  bool uses_web_tools = false;
  std::map<std::string, std::set<std::string>> entry_settings;  // plugins.entries.<id>.config: its keys
  std::map<std::string, std::set<std::string>> entry_sections;  // those of them that hold an object
  std::set<std::string>
      used_entries;              // entries that are enabled or carry config, hooks, subagent, apiKey or env
  std::set<std::string> probed;  // "browser", "acpx", "xai": asked for by settings outside of plugins
  std::set<std::string> variables;  // names that the config's env section sets
};

struct GatewayConfig {
  bool plugins_enabled = true;
  std::set<std::string> allow, deny;
  std::map<std::string, bool> entries;  // plugins.entries.<id>.enabled, where it is a boolean
  std::string memory_slot = "memory-core", context_engine_slot;  // empty: "none"
  // channels.<id>.enabled; nullopt: configured without a word. {"slack": {}} configures nothing and is not
  // here.
  std::map<std::string, std::optional<bool>> channels;
  std::set<std::string>
      providers;  // normalised ids from models.providers, auth.profiles, auth.order, model refs
  std::set<std::string> bare_models;              // model refs without a provider
  std::set<std::string> memory_search_providers;  // agents.*.memorySearch.provider where not disabled
  std::string web_search_provider;                // tools.web.search.provider, unless web search is off
  bool auto_update = false;                       // update.auto.enabled
  bool checks_for_updates = true;                 // update.checkOnStart
  AutoEnableHints hints;
  std::vector<std::string> files;  // the config and what it includes, for stamps
};

// Absent file: the defaults (OpenClaw starts so with --allow-unconfigured). Malformed: bad_input with line
// and column.
// "$include" (a name or a list, relative to the including file and inside the config's folder or one of
// `include_roots`, up to 10 levels deep) is followed at any depth of the object: lists are joined,
// objects merged, and what stands beside it wins.
// "${NAME}" in a value is taken from `environment`, and stays as it is where the variable is not set.
[[nodiscard]] base::Result<GatewayConfig> read_gateway_config(
    const std::string& path, const std::vector<std::string>& include_roots = {},
    const base::Environment& environment = {});

// The id that OpenClaw compares: lower case, with its table of other names ("z.ai" is zai, "bedrock"
// amazon-bedrock).
[[nodiscard]] std::string normalize_provider_id(std::string_view provider);

// "provider/model@profile" taken apart; without a slash the provider is empty. nullopt: names no model.
struct ModelRef {
  std::string provider;  // normalised
  std::string model;     // without the auth profile
};
[[nodiscard]] std::optional<ModelRef> parse_model_ref(std::string_view text);

}  // namespace openclaw
