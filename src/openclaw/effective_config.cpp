// SPDX-License-Identifier: MIT
#include "openclaw/effective_config.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "openclaw/plugin_policy.hpp"

namespace openclaw {
namespace {

bool contains_id(const std::vector<std::string>& list, std::string_view wanted) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& entry) { return base::lower(base::trim(entry)) == wanted; });
}
bool contains_provider(const std::vector<std::string>& list, const std::string& provider) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& entry) { return normalize_provider_id(entry) == provider; });
}

// Channels that variables alone configure: all the names of one row. Other channels have variables too, but
// need an entry in the config.
struct ChannelVariables {
  std::string_view channel;
  std::vector<std::string_view> names;
};
const std::vector<ChannelVariables>& channel_variables() {
  static const std::vector<ChannelVariables> table = {
      {"discord", {"DISCORD_BOT_TOKEN"}},
      {"irc", {"IRC_HOST", "IRC_NICK"}},
      {"matrix", {"MATRIX_HOMESERVER", "MATRIX_ACCESS_TOKEN"}},
      {"matrix", {"MATRIX_HOMESERVER", "MATRIX_USER_ID", "MATRIX_PASSWORD"}},
      {"slack", {"SLACK_APP_TOKEN"}},
      {"slack", {"SLACK_BOT_TOKEN"}},
      {"slack", {"SLACK_USER_TOKEN"}},
      {"telegram", {"TELEGRAM_BOT_TOKEN"}},
  };
  return table;
}

// Finds the plugins that the config and the environment ask for. A set: the order decides nothing.
class Detector {
 public:
  Detector(const GatewayConfig& config, const std::vector<BundledPlugin>& plugins,
           const base::Environment& environment)
      : config_(config), hints_(config.hints), plugins_(plugins), environment_(environment) {}

  std::set<std::string> detect() {
    by_channels();
    by_models();
    by_runtimes();
    by_entry_settings();
    by_web_fetch_provider();
    for (const std::string& id : hints_.probed) wanted_.insert(id);
    return std::move(wanted_);
  }

 private:
  template <class Predicate>
  void want_each(const Predicate& wanted) {
    for (const BundledPlugin& plugin : plugins_) {
      if (wanted(plugin)) wanted_.insert(plugin.id);
    }
  }

  [[nodiscard]] bool is_set(std::string_view name) const {
    return !variable(environment_, name).empty() || hints_.variables.contains(std::string(name));
  }

  void by_channels() {
    std::set<std::string> channels = hints_.channels_with_settings;
    for (const ChannelVariables& row : channel_variables()) {
      const bool configured = std::all_of(row.names.begin(), row.names.end(),
                                          [&](std::string_view name) { return is_set(name); });
      if (configured) channels.emplace(row.channel);
    }
    for (const std::string& channel : channels) {
      want_each([&](const BundledPlugin& plugin) { return contains_id(plugin.channels, channel); });
    }
  }

  void by_models() {
    std::set<std::string> providers = hints_.auth_providers;
    for (const std::string& text : hints_.model_refs) {
      const std::optional<ModelRef> ref = parse_model_ref(text);
      if (!ref) continue;
      if (!ref->provider.empty()) providers.insert(ref->provider);
      want_model_owner(*ref);
    }
    want_each([&](const BundledPlugin& plugin) {
      return std::any_of(
          plugin.auto_enable_providers.begin(), plugin.auto_enable_providers.end(),
          [&](const std::string& id) { return providers.contains(normalize_provider_id(id)); });
    });
  }

  // A plugin may own a provider or a command line backend of that name. Where two do, neither is enabled.
  void want_model_owner(const ModelRef& ref) {
    const BundledPlugin* owner = nullptr;
    if (ref.provider.empty()) {
      owner = owner_of_bare_model(plugins_, ref.model);
    } else {
      for (const BundledPlugin& plugin : plugins_) {
        if (!contains_provider(plugin.providers, ref.provider) &&
            !contains_provider(plugin.cli_backends, ref.provider)) {
          continue;
        }
        if (owner != nullptr) return;
        owner = &plugin;
      }
    }
    if (owner != nullptr) wanted_.insert(owner->id);
  }

  void by_runtimes() {
    std::set<std::string> runtimes = hints_.agent_runtimes;
    runtimes.insert(base::lower(variable(environment_, "OPENCLAW_AGENT_RUNTIME")));
    for (const std::string_view built_in : {"", "auto", "pi"}) runtimes.erase(std::string(built_in));
    for (const std::string& runtime : runtimes) {
      want_each([&](const BundledPlugin& plugin) {
        return contains_id(plugin.agent_harnesses, runtime) || contains_id(plugin.cli_backends, runtime);
      });
    }
  }

  [[nodiscard]] bool has_section(const BundledPlugin& plugin, const std::string& section) const {
    const auto found = hints_.entry_sections.find(plugin.id);
    return found != hints_.entry_sections.end() && found->second.contains(section);
  }

  void by_entry_settings() {
    want_each([&](const BundledPlugin& plugin) {
      const bool search =
          plugin.offers_web_search && !plugin.providers.empty() && has_section(plugin, "webSearch");
      const bool fetch = !plugin.web_fetch_providers.empty() && has_section(plugin, "webFetch");
      const auto settings = hints_.entry_settings.find(plugin.id);
      const bool tool =
          settings != hints_.entry_settings.end() &&
          std::any_of(settings->second.begin(), settings->second.end(),
                      [&](const std::string& key) { return plugin.tool_settings.contains(key); });
      return search || fetch || tool;
    });
  }

  // Looked at only where something else makes OpenClaw look at all.
  void by_web_fetch_provider() {
    if (hints_.web_fetch_provider.empty() || !is_looked_at()) return;
    for (const BundledPlugin& plugin : plugins_) {
      if (!contains_id(plugin.web_fetch_providers, hints_.web_fetch_provider)) continue;
      wanted_.insert(plugin.id);
      return;
    }
  }

  [[nodiscard]] bool is_looked_at() const {
    return !wanted_.empty() || !hints_.probed.empty() || !hints_.auth_providers.empty() ||
           !hints_.model_refs.empty() || !hints_.entry_settings.empty() ||
           (!config_.allow.empty() && !hints_.used_entries.empty());
  }

  const GatewayConfig& config_;
  const AutoEnableHints& hints_;
  const std::vector<BundledPlugin>& plugins_;
  const base::Environment& environment_;
  std::set<std::string> wanted_;
};

// What a person has said outweighs what is detected.
bool is_refused(const GatewayConfig& config, const std::string& id) {
  if (config.deny.contains(id)) return true;
  if (const auto entry = config.entries.find(id); entry != config.entries.end() && !entry->second)
    return true;
  const auto channel = config.channels.find(id);
  return channel != config.channels.end() && channel->second == false;
}

void enable(GatewayConfig& config, const std::string& id, bool is_channel) {
  if (is_channel) {
    config.channels[id] = true;
  } else {
    config.entries[id] = true;
  }
  if (config.hints.has_allow_list) config.allow.insert(id);
}

}  // namespace

GatewayConfig effective_config(GatewayConfig config, const std::vector<BundledPlugin>& plugins,
                               const base::Environment& environment) {
  if (!config.plugins_enabled) return config;
  std::set<std::string> channels;
  for (const BundledPlugin& plugin : plugins) {
    for (const std::string& channel : plugin.channels) channels.insert(base::lower(base::trim(channel)));
  }
  for (const std::string& id : Detector(config, plugins, environment).detect()) {
    if (!is_refused(config, id)) enable(config, id, channels.contains(id));
  }
  // An entry that the operator filled in is allowed, where there is an allow list at all.
  if (config.allow.empty()) return config;
  for (const BundledPlugin& plugin : plugins) {
    if (config.hints.used_entries.contains(plugin.id) && !is_refused(config, plugin.id)) {
      config.allow.insert(plugin.id);
    }
  }
  return config;
}

}  // namespace openclaw
