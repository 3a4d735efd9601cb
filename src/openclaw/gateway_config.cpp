// SPDX-License-Identifier: MIT
#include "openclaw/gateway_config.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "openclaw/config_includes.hpp"
#include "openclaw/config_variables.hpp"

namespace openclaw {
namespace {

using nlohmann::json;

bool is_false(const json& object, std::string_view path) {
  const json& found = base::member_at(object, path);
  return found.is_boolean() && !found.get<bool>();
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// NAME of "{NAME}..."; empty where that is no reference.
std::string_view name_of_reference(std::string_view text) {
  if (!text.starts_with('{')) return {};
  const std::size_t end = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", 1);
  if (end == std::string_view::npos || end == 1 || text[end] != '}' || is_digit(text[1])) return {};
  return text.substr(1, end - 1);
}

// "${NAME}" with the variable's value; "$${NAME}" is a literal "${NAME}".
std::string substitute(std::string_view text, const base::Environment& environment) {
  std::string result;
  while (!text.empty()) {
    const std::size_t escaped = text.starts_with("$${") ? 1 : 0;
    const bool opens = text.substr(escaped).starts_with("${");
    const std::string_view name = opens ? name_of_reference(text.substr(escaped + 1)) : std::string_view();
    if (name.empty()) {
      result += text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto found = environment.find(name);
    const bool replace = escaped == 0 && found != environment.end() && !found->second.empty();
    result += replace ? found->second : "${" + std::string(name) + "}";
    text.remove_prefix(escaped + 3 + name.size());
  }
  return result;
}

// A date ("@20260401") or a quantisation ("@q4_k_m", "@iq2", "@8bit") after a model's name is part of the
// name.
bool is_version_suffix(std::string_view suffix) {
  suffix = suffix.substr(0, suffix.find('@'));
  if (suffix.size() == 8 && std::all_of(suffix.begin(), suffix.end(), is_digit)) return true;
  const std::string text = base::lower(suffix);
  const std::size_t digits = text.find_first_not_of("0123456789");
  if (digits != std::string::npos && digits > 0) return text.substr(digits) == "bit";
  const std::size_t q = text.starts_with("iq") ? 2 : text.starts_with('q') ? 1 : 0;
  const std::size_t end = std::min(text.find_first_not_of("0123456789", q), text.size());
  if (q == 0 || end == q) return false;
  const std::string_view rest = std::string_view(text).substr(end);
  return rest.empty() ||
         (rest.front() == '_' && rest.back() != '_' && rest.find("__") == std::string_view::npos &&
          rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos);
}

// "model@profile" without the profile, which names an account and no model.
std::string_view without_auth_profile(std::string_view text) {
  text = base::trim(text);
  const std::size_t slash = text.rfind('/');
  std::size_t at = text.find('@', slash == std::string_view::npos ? 0 : slash + 1);
  if (at == std::string_view::npos || at == 0) return text;
  for (int i = 0; i < 2 && is_version_suffix(text.substr(at + 1)); ++i) {
    at = text.find('@', at + 1);
    if (at == std::string_view::npos) return text;
  }
  const std::string_view model = base::trim(text.substr(0, at));
  return model.empty() || base::trim(text.substr(at + 1)).empty() ? text : model;
}

// Reads one config object. Every text goes through `text()`, which substitutes variables.
class ConfigReader {
 public:
  ConfigReader(const json& root, base::Environment environment)
      : root_(root), environment_(std::move(environment)) {}

  GatewayConfig read() {
    take_variables();
    take_plugins();
    take_slots();
    take_channels();
    take_providers();
    take_agent(base::member_at(root_, "agents.defaults"));
    if (const json& agents = base::member_at(root_, "agents.list"); agents.is_array()) {
      for (const json& agent : agents) take_agent(agent);
    }
    take_probes();
    take_web_tools();
    config_.auto_update = base::is_true_at(root_, "update.auto.enabled");
    config_.checks_for_updates = !is_false(root_, "update.checkOnStart");
    return std::move(config_);
  }

 private:
  [[nodiscard]] std::string text(const json& value) const {
    return value.is_string() ? substitute(value.get_ref<const std::string&>(), environment_) : std::string();
  }

  void take_variables() {
    for (const auto& [name, value] : config_variables(root_)) {
      config_.hints.variables.insert(name);
      std::string& current = environment_[name];
      if (base::trim(current).empty()) current = value;
    }
  }

  [[nodiscard]] std::set<std::string> ids(std::string_view path) const {
    std::set<std::string> result;
    for (const std::string& entry : base::texts_at(root_, path)) {
      const std::string id = substitute(entry, environment_);
      if (const std::string_view trimmed = base::trim(id); !trimmed.empty()) result.emplace(trimmed);
    }
    return result;
  }

  void take_plugins() {
    config_.plugins_enabled = !is_false(root_, "plugins.enabled");
    config_.allow = ids("plugins.allow");
    config_.deny = ids("plugins.deny");
    config_.hints.has_allow_list = base::member_at(root_, "plugins.allow").is_array();
    const json& entries = base::member_at(root_, "plugins.entries");
    if (!entries.is_object()) return;
    for (const auto& [key, entry] : entries.items()) {
      if (const std::string id(base::trim(key)); !id.empty() && entry.is_object()) take_entry(id, entry);
    }
  }

  void take_entry(const std::string& id, const json& entry) {
    AutoEnableHints& hints = config_.hints;
    const json& enabled = base::member_at(entry, "enabled");
    if (enabled.is_boolean()) config_.entries[id] = enabled.get<bool>();
    const bool used = base::is_true_at(entry, "enabled") || entry.contains("apiKey") ||
                      entry.contains("env") || base::member_at(entry, "config").is_object() ||
                      base::member_at(entry, "hooks").is_object() ||
                      base::member_at(entry, "subagent").is_object();
    if (used) hints.used_entries.insert(id);
    if (id == "browser" && !is_false(entry, "enabled")) hints.probed.insert("browser");
    const json& settings = base::member_at(entry, "config");
    if (!settings.is_object()) return;
    for (const auto& [key, value] : settings.items()) {
      hints.entry_settings[id].insert(key);
      if (value.is_object()) hints.entry_sections[id].insert(key);
    }
  }

  void take_slots() {
    const auto slot = [&](std::string_view path, std::string fallback) {
      const std::string name(base::trim(text(base::member_at(root_, path))));
      if (name.empty()) return fallback;
      return base::lower(name) == "none" ? std::string() : name;
    };
    config_.memory_slot = slot("plugins.slots.memory", config_.memory_slot);
    config_.context_engine_slot = slot("plugins.slots.contextEngine", {});
  }

  void take_channels() {
    const json& channels = base::member_at(root_, "channels");
    if (!channels.is_object()) return;
    for (const auto& [id, channel] : channels.items()) {
      if (id == "defaults" || id == "modelByChannel" || !channel.is_object()) continue;
      const json& enabled = base::member_at(channel, "enabled");
      const bool says_more = std::any_of(channel.items().begin(), channel.items().end(),
                                         [](const auto& setting) { return setting.key() != "enabled"; });
      if (says_more) config_.hints.channels_with_settings.insert(id);
      if (enabled.is_boolean()) {
        config_.channels[id] = enabled.get<bool>();
      } else if (says_more) {
        config_.channels[id] = std::nullopt;
      }
    }
  }

  void add_provider(std::string_view provider, bool is_auth) {
    const std::string id = normalize_provider_id(provider);
    if (id.empty()) return;
    config_.providers.insert(id);
    if (is_auth) config_.hints.auth_providers.insert(id);
  }

  void take_providers() {
    if (const json& providers = base::member_at(root_, "models.providers"); providers.is_object()) {
      for (const auto& [id, provider] : providers.items()) add_provider(id, true);
    }
    if (const json& profiles = base::member_at(root_, "auth.profiles"); profiles.is_object()) {
      for (const auto& [id, profile] : profiles.items())
        add_provider(text(base::member_at(profile, "provider")), true);
    }
    if (const json& order = base::member_at(root_, "auth.order"); order.is_object()) {
      for (const auto& [id, profiles] : order.items()) add_provider(id, false);
    }
  }

  // The defaults or one agent of the list.
  void take_agent(const json& agent) {
    if (!agent.is_object()) return;
    // Where a model may be named, and whether auto-enable reads it there too.
    struct Place {
      std::string_view path;
      bool auto_enables;
    };
    static constexpr Place places[] = {
        {"model", true},
        {"imageModel", false},
        {"imageGenerationModel", true},
        {"videoGenerationModel", true},
        {"musicGenerationModel", true},
        {"pdfModel", false},
        {"subagents.model", false},
    };
    for (const Place& place : places)
      take_model_setting(base::member_at(agent, place.path), place.auto_enables);
    if (const json& models = base::member_at(agent, "models"); models.is_object()) {
      for (const auto& [ref, settings] : models.items()) add_model(ref, true);
    }
    take_memory_search(base::member_at(agent, "memorySearch"));
    if (const std::string runtime = text(base::member_at(agent, "agentRuntime.id"));
        !base::trim(runtime).empty()) {
      config_.hints.agent_runtimes.insert(base::lower(base::trim(runtime)));
    }
  }

  // "provider/model", or {primary, fallbacks}.
  void take_model_setting(const json& setting, bool auto_enables) {
    if (setting.is_string()) add_model(text(setting), auto_enables);
    if (!setting.is_object()) return;
    add_model(text(base::member_at(setting, "primary")), auto_enables);
    if (const json& fallbacks = base::member_at(setting, "fallbacks"); fallbacks.is_array()) {
      for (const json& fallback : fallbacks) add_model(text(fallback), auto_enables);
    }
  }

  void add_model(const std::string& written, bool auto_enables) {
    const std::optional<ModelRef> ref = parse_model_ref(written);
    if (!ref) return;
    (ref->provider.empty() ? config_.bare_models : config_.providers)
        .insert(ref->provider.empty() ? ref->model : ref->provider);
    if (auto_enables) config_.hints.model_refs.emplace_back(base::trim(written));
  }

  void take_memory_search(const json& search) {
    if (is_false(search, "enabled")) return;
    const std::string provider = base::lower(base::trim(text(base::member_at(search, "provider"))));
    if (!provider.empty()) config_.memory_search_providers.insert(provider);
  }

  void take_web_tools() {
    AutoEnableHints& hints = config_.hints;
    hints.web_fetch_provider =
        base::lower(base::trim(text(base::member_at(root_, "tools.web.fetch.provider"))));
    const json& search = base::member_at(root_, "tools.web.search");
    if (!is_false(search, "enabled")) config_.web_search_provider = base::text_at(search, "provider");
    for (const std::string_view tool : {"tools.web.search", "tools.web.fetch"}) {
      const json& settings = base::member_at(root_, tool);
      hints.uses_web_tools = hints.uses_web_tools || (settings.is_object() && !is_false(settings, "enabled"));
    }
    for (const auto& [id, sections] : hints.entry_sections) {
      hints.uses_web_tools =
          hints.uses_web_tools || sections.contains("webSearch") || sections.contains("webFetch");
    }
  }

  // Settings outside of plugins by which the browser, acpx and xai plugins recognise themselves as wanted.
  void take_probes() {
    std::set<std::string>& probed = config_.hints.probed;
    if (base::member_at(root_, "browser").is_object() || names_browser(base::member_at(root_, "tools")))
      probed.insert("browser");
    if (const json& agents = base::member_at(root_, "agents.list"); agents.is_array()) {
      for (const json& agent : agents) {
        if (names_browser(base::member_at(agent, "tools"))) probed.insert("browser");
      }
    }
    if (is_false(root_, "browser.enabled")) probed.erase("browser");

    const std::string backend = base::lower(base::trim(text(base::member_at(root_, "acp.backend"))));
    const bool acp = base::is_true_at(root_, "acp.enabled") ||
                     base::is_true_at(root_, "acp.dispatch.enabled") || backend == "acpx";
    if (acp && (backend.empty() || backend == "acpx")) probed.insert("acpx");

    const auto& sections = config_.hints.entry_sections;
    const auto xai = sections.find("xai");
    const bool xai_tools =
        xai != sections.end() && (xai->second.contains("xSearch") || xai->second.contains("codeExecution"));
    if (xai_tools || base::member_at(root_, "tools.web.x_search").is_object()) probed.insert("xai");
  }

  [[nodiscard]] bool names_browser(const json& tools) const {
    for (const std::string_view list : {"allow", "alsoAllow"}) {
      for (const std::string& tool : base::texts_at(tools, list)) {
        if (base::lower(base::trim(substitute(tool, environment_))) == "browser") return true;
      }
    }
    return false;
  }

  const json& root_;
  base::Environment environment_;
  GatewayConfig config_;
};

}  // namespace

std::string normalize_provider_id(std::string_view provider) {
  static constexpr std::pair<std::string_view, std::string_view> other_names[] = {
      {"modelstudio", "qwen"},
      {"qwencloud", "qwen"},
      {"z.ai", "zai"},
      {"z-ai", "zai"},
      {"opencode-zen", "opencode"},
      {"opencode-go-auth", "opencode-go"},
      {"kimi-code", "kimi"},
      {"kimi-coding", "kimi"},
      {"bedrock", "amazon-bedrock"},
      {"aws-bedrock", "amazon-bedrock"},
      {"bytedance", "volcengine"},
      {"doubao", "volcengine"},
  };
  std::string id = base::lower(base::trim(provider));
  for (const auto& [other, name] : other_names) {
    if (id == other) return std::string(name);
  }
  return id;
}

std::optional<ModelRef> parse_model_ref(std::string_view text) {
  text = base::trim(text);
  const std::size_t slash = text.find('/');
  ModelRef ref;
  if (slash == std::string_view::npos) {
    ref.model = without_auth_profile(text);
    return ref.model.empty() ? std::nullopt : std::optional(ref);
  }
  ref.provider = normalize_provider_id(text.substr(0, slash));
  ref.model = without_auth_profile(text.substr(slash + 1));
  if (ref.provider.empty() || ref.model.empty()) return std::nullopt;
  return ref;
}

base::Result<GatewayConfig> read_gateway_config(const std::string& path,
                                                const std::vector<std::string>& include_roots,
                                                const base::Environment& environment) {
  base::Result<IncludedConfig> included = read_config_with_includes(path, include_roots);
  if (!included) return base::pass(std::move(included.error()));
  if (!included->value.is_object() && !included->value.is_null()) {
    return base::fail(base::ErrorKind::bad_input,
                      path + " does not contain an object, which OpenClaw's config must be");
  }
  GatewayConfig config = ConfigReader(included->value, environment).read();
  config.files = std::move(included->files);
  return config;
}

}  // namespace openclaw
