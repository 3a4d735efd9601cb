// SPDX-License-Identifier: MIT
// openclaw.json with its $include, and what is read of it (openclaw/config_includes.hpp, gateway_config.hpp).
#include <set>

#include "base/text.hpp"
#include "lib/folder.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "openclaw/config_includes.hpp"
#include "openclaw/config_variables.hpp"
#include "openclaw/effective_config.hpp"
#include "openclaw/gateway_config.hpp"
#include "openclaw/named_paths.hpp"
#include "openclaw/plugin_policy.hpp"
#include "openclaw/secret_references.hpp"

using target::require;

namespace {

constexpr std::string_view secret = "what-lies-outside-of-it";

void fuzz_value(const nlohmann::json& config) {
  for (const auto& [name, value] : openclaw::config_variables(config)) {
    require(openclaw::may_be_set_by_config(name, value), "a config sets what it may");
  }
  (void)openclaw::secrets_from_commands(config);
}

void fuzz_plugins(const openclaw::GatewayConfig& config) {
  openclaw::BundledPlugin plugin;
  plugin.id = plugin.directory = "slack";
  plugin.channels = {"slack"};
  plugin.model_prefixes = {"gpt-"};
  plugin.model_patterns = {"^o[0-9]"};
  plugin.auto_enable_providers = {"openai"};
  const std::vector<openclaw::BundledPlugin> plugins{plugin};
  const auto effective = openclaw::effective_config(config, plugins, {{"SLACK_BOT_TOKEN", "x"}});
  const auto once =
      openclaw::decide_needs(plugins, effective, openclaw::PolicyGeneration::exact_manifest, {});
  const auto again = openclaw::decide_needs(
      plugins, openclaw::effective_config(effective, plugins, {{"SLACK_BOT_TOKEN", "x"}}),
      openclaw::PolicyGeneration::exact_manifest, {});
  require(once.size() == 1 && again.size() == 1, "one answer a plugin");
  require(once[0].needed == again[0].needed, "what OpenClaw enables by itself it enables once");
  (void)openclaw::decide_needs(plugins, config, openclaw::PolicyGeneration::by_default_or_enabled, {});
}

}  // namespace

void fuzz(std::string_view input) {
  static const target::Folder folder;
  const auto parts = target::parts_of(input, 3);
  folder.write("outside.json5", "{secret: '" + std::string(secret) + "'}");
  folder.write("in/openclaw.json", parts[0]);
  folder.write("in/a.json5", parts[1]);
  folder.write("in/sub/b.json5", parts[2]);
  const std::string inside = folder.path("in");
  const auto config = openclaw::read_config_with_includes(inside + "/openclaw.json", {});
  if (config) {
    const std::set<std::string> files(config->files.begin(), config->files.end());
    require(files.size() == config->files.size(), "a file is named once");
    for (const std::string& file : config->files) {
      require(file.starts_with(inside + "/") && file.find("..") == std::string::npos,
              "what is read is in the folder");
    }
    const bool names_it = input.find(secret) != std::string_view::npos;
    require(names_it || config->value.dump().find(secret) == std::string::npos,
            "nothing outside of the folder is read");
    fuzz_value(config->value);
  }
  const auto read = openclaw::read_gateway_config(inside + "/openclaw.json", {}, {{"A", "${A}"}, {"B", "b"}});
  require(!read || config.has_value(), "what includes too much is no config");
  if (read) fuzz_plugins(*read);
  openclaw::Locations locations;
  locations.state = inside;
  locations.config = inside + "/openclaw.json";
  locations.home = locations.account_home = "/home/x";
  if (const auto named = openclaw::read_named_paths(locations)) {
    for (const std::string& path : named->known) {
      require(path.starts_with('/') && openclaw::without_dots(path) == path,
              "a path that is known is absolute");
    }
  }
  if (const auto model = openclaw::parse_model_ref(parts[0])) {
    require(openclaw::normalize_provider_id(model->provider) == model->provider,
            "a provider is normalised once");
  }
}
