// SPDX-License-Identifier: MIT
#include "openclaw/plugin_policy.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <regex>
#include <utility>

#include "base/text.hpp"

namespace openclaw {
namespace {

// People write provider names and former ids where a plugin's id is asked for; OpenClaw takes them all. Only
// the plans compare the result with the directory: "kimi-coding" becomes the id "kimi", which is no
// directory, and so never counts. That is how 2026.4.29 behaves, and its manifest must be met exactly.
class PluginIds {
 public:
  explicit PluginIds(const std::vector<BundledPlugin>& plugins) {
    static constexpr std::pair<std::string_view, std::string_view> built_in[] = {
        {"openai-codex", "openai"},
        {"google-gemini-cli", "google"},
        {"minimax-portal", "minimax"},
        {"minimax-portal-auth", "minimax"},
    };
    for (const auto& [alias, id] : built_in) ids_[std::string(alias)] = id;
    for (const BundledPlugin& plugin : plugins) {
      add(plugin.id, plugin.id);
      add(plugin.directory, plugin.id);
      for (const std::string& provider : plugin.providers) add(provider, plugin.id);
      for (const std::string& former : plugin.legacy_ids) add(former, plugin.id);
    }
  }

  [[nodiscard]] std::string normalize(std::string_view written) const {
    const auto found = ids_.find(base::lower(base::trim(written)));
    return found == ids_.end() ? std::string(base::trim(written)) : found->second;
  }
  [[nodiscard]] std::set<std::string> normalize(const std::set<std::string>& written) const {
    std::set<std::string> result;
    for (const std::string& id : written) result.insert(normalize(id));
    return result;
  }

 private:
  void add(std::string_view alias, const std::string& id) {
    if (std::string key = base::lower(base::trim(alias)); !key.empty()) ids_[std::move(key)] = id;
  }
  std::map<std::string, std::string> ids_;
};

struct Verdict {
  bool needed;
  std::string reason;
};
Verdict yes(std::string reason) {
  return {true, std::move(reason)};
}
Verdict no(std::string reason) {
  return {false, std::move(reason)};
}

class Policy {
 public:
  Policy(const std::vector<BundledPlugin>& plugins, const GatewayConfig& config, PolicyGeneration generation)
      : config_(config), by_model_(generation == PolicyGeneration::exact_manifest) {
    const PluginIds ids(plugins);
    allow_ = ids.normalize(config.allow);
    deny_ = ids.normalize(config.deny);
    for (const auto& [id, enabled] : config.entries) entries_[ids.normalize(id)] = enabled;
    for (const std::string& model : config.bare_models) {
      if (const BundledPlugin* owner = owner_of_bare_model(plugins, model)) model_owners_[owner] = model;
    }
  }

  // In the order in which OpenClaw asks: the first rule that knows an answer gives it.
  [[nodiscard]] Verdict judge(const BundledPlugin& plugin) const {
    for (const auto rule :
         {&Policy::by_prohibition, &Policy::by_slot, &Policy::by_channel, &Policy::by_allow_list,
          &Policy::by_entry, &Policy::by_model, &Policy::by_default}) {
      if (std::optional<Verdict> verdict = (this->*rule)(plugin)) return *verdict;
    }
    return no("not configured");
  }

 private:
  [[nodiscard]] std::optional<bool> entry(const BundledPlugin& plugin) const {
    const auto found = entries_.find(plugin.directory);
    return found == entries_.end() ? std::nullopt : std::optional(found->second);
  }

  [[nodiscard]] std::optional<Verdict> by_prohibition(const BundledPlugin& plugin) const {
    if (!config_.plugins_enabled) return no("plugins are disabled in the config");
    if (deny_.contains(plugin.directory)) return no("denied in the config");
    if (entry(plugin) == false) return no("disabled in the config");
    return std::nullopt;
  }

  // 2026.4.15-4.28 do not ask for slots when they plan; they stage what the slot names when they load it.
  [[nodiscard]] std::optional<Verdict> by_slot(const BundledPlugin& plugin) const {
    if (config_.memory_slot == plugin.directory) return yes("fills the memory slot");
    if (config_.context_engine_slot == plugin.directory) return yes("fills the context engine slot");
    return std::nullopt;
  }

  // A channel that is configured counts even where an allow list does not name it: OpenClaw enables it by
  // itself.
  [[nodiscard]] std::optional<Verdict> by_channel(const BundledPlugin& plugin) const {
    std::optional<Verdict> disabled;
    for (const std::string& channel : plugin.channels) {
      const std::string id = base::lower(base::trim(channel));
      const auto found = config_.channels.find(id);
      if (found == config_.channels.end()) continue;
      if (found->second.value_or(true)) {
        return yes("channel " + id + (found->second ? " is enabled" : " is configured"));
      }
      disabled = no("channel " + id + " is disabled in the config");
    }
    // Until 2026.4.24 an enabled entry outweighs a disabled channel. Staging too much does no harm there.
    const bool outweighed = !by_model_ && entry(plugin) == true;
    return outweighed ? std::nullopt : disabled;
  }

  [[nodiscard]] std::optional<Verdict> by_allow_list(const BundledPlugin& plugin) const {
    if (allow_.empty() || allow_.contains(plugin.directory)) return std::nullopt;
    return no("not in plugins.allow");
  }

  [[nodiscard]] std::optional<Verdict> by_entry(const BundledPlugin& plugin) const {
    if (entry(plugin) == true) return yes("enabled in the config");
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Verdict> by_model(const BundledPlugin& plugin) const {
    if (!by_model_) return std::nullopt;
    if (const auto owned = model_owners_.find(&plugin); owned != model_owners_.end()) {
      return yes("model " + owned->second + " is configured");
    }
    for (const std::string& provider : plugin.providers) {
      const std::string id = normalize_provider_id(provider);
      if (config_.providers.contains(id)) return yes("provider " + id + " is configured");
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Verdict> by_default(const BundledPlugin& plugin) const {
    if (!plugin.enabled_by_default) return std::nullopt;
    if (by_model_ && !plugin.providers.empty()) return no("none of its providers is configured");
    return yes("enabled by default");
  }

  const GatewayConfig& config_;
  bool by_model_;
  std::set<std::string> allow_, deny_;
  std::map<std::string, bool> entries_;
  std::map<const BundledPlugin*, std::string> model_owners_;
};

bool answers_to(const BundledPlugin& plugin, std::string_view name) {
  const std::string wanted = base::lower(base::trim(name));
  return wanted == base::lower(plugin.directory) || wanted == base::lower(plugin.id);
}

bool matches_pattern(const BundledPlugin& plugin, std::string_view model) {
  // std::regex recurses once a character of either.
  constexpr std::size_t longest = 256;
  if (model.size() > longest) return false;
  return std::any_of(
      plugin.model_patterns.begin(), plugin.model_patterns.end(), [&](const std::string& pattern) {
        if (pattern.size() > longest) return false;
        try {
          return std::regex_search(model.begin(), model.end(), std::regex(pattern, std::regex::ECMAScript));
        } catch (const std::regex_error&) {
          return false;  // OpenClaw passes over a pattern that it cannot read, too
        }
      });
}

bool matches_prefix(const BundledPlugin& plugin, std::string_view model) {
  return std::any_of(plugin.model_prefixes.begin(), plugin.model_prefixes.end(),
                     [&](const std::string& prefix) { return model.starts_with(prefix); });
}

}  // namespace

std::vector<PluginNeed> decide_needs(const std::vector<BundledPlugin>& plugins, const GatewayConfig& config,
                                     PolicyGeneration generation, const Selection& selection) {
  const Policy policy(plugins, config, generation);
  const auto judge = [&](const BundledPlugin& plugin) {
    const bool named = std::any_of(selection.only.begin(), selection.only.end(),
                                   [&](const std::string& name) { return answers_to(plugin, name); });
    if (named) return yes("requested by name");
    if (!selection.only.empty()) return no("not requested");
    if (selection.all) return yes("all plugins are requested");
    return policy.judge(plugin);
  };
  std::vector<PluginNeed> needs;
  needs.reserve(plugins.size());
  for (const BundledPlugin& plugin : plugins) {
    Verdict verdict = judge(plugin);
    needs.push_back({&plugin, verdict.needed, std::move(verdict.reason)});
  }
  return needs;
}

std::vector<std::string> unknown_selections(const std::vector<BundledPlugin>& plugins,
                                            const Selection& selection) {
  std::vector<std::string> unknown;
  for (const std::string& name : selection.only) {
    const bool known = std::any_of(plugins.begin(), plugins.end(),
                                   [&](const BundledPlugin& plugin) { return answers_to(plugin, name); });
    if (!known) unknown.push_back(name);
  }
  return unknown;
}

const BundledPlugin* owner_of_bare_model(const std::vector<BundledPlugin>& plugins, std::string_view model) {
  for (const auto matches : {matches_pattern, matches_prefix}) {
    const BundledPlugin* owner = nullptr;
    for (const BundledPlugin& plugin : plugins) {
      if (!matches(plugin, model)) continue;
      if (owner != nullptr) return nullptr;  // two claim it, so neither owns it
      owner = &plugin;
    }
    if (owner != nullptr) return owner;
  }
  return nullptr;
}

}  // namespace openclaw
