// SPDX-License-Identifier: MIT
#include "stage/installer_command.hpp"

#include <unistd.h>

#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "npm/blame.hpp"
#include "openclaw/environment.hpp"
#include "openclaw/state_secrets.hpp"

namespace stage {

using base::Result;

Result<command::Outcome> InstallerCommand::run(const std::vector<std::string>& words) {
  const auto toolchain =
      npm::find_toolchain(request_.settings.gateway.node, request_.environment.locations.search_path);
  if (!toolchain) return base::pass(toolchain.error());
  const auto setting = setting_with(*toolchain);
  if (!setting) return base::pass(setting.error());
  const std::string title = "openclaw " + situation_.package.version_text;
  command::Watching watching;
  watching.is_progress = [](std::string_view line) { return npm::retry_reason(line).empty(); };
  watching.tick = [&](std::chrono::milliseconds elapsed, std::chrono::milliseconds idle,
                      std::string_view line) {
    surroundings_.progress({title, elapsed, idle, std::string(line), npm::retry_reason(line)});
  };
  command::Purpose installing = command::installing;
  installing.silence = request_.settings.packages.stall_timeout;
  return command::run(installing, *setting, words, watching);
}

// The installer reads config and .env like the gateway, and may print their content.
base::Redaction InstallerCommand::secrets(const npm::Toolchain& toolchain) const {
  base::Redaction secrets;
  openclaw::add_secrets_of_state(request_.environment, secrets);
  for (const std::string& file :
       {toolchain.global_config, request_.environment.locations.account_home + "/.npmrc"}) {
    npm::read_npmrc(file).add_secrets_to(secrets);
  }
  return secrets;
}

// In addition to the permitted variables of the caller: what npm needs, but nothing of a provider or channel.
Result<command::Setting> InstallerCommand::setting_with(const npm::Toolchain& toolchain) const {
  const base::Environment& caller = request_.environment.variables;
  const std::string& home = request_.environment.locations.account_home;
  npm::Npmrc settings = npm::read_npmrc(toolchain.global_config);
  for (auto& name : npm::read_npmrc(home + "/.npmrc").variables)
    settings.variables.push_back(std::move(name));
  const std::string temporary = openclaw::variable(caller, "TMPDIR");
  command::Setting setting;
  setting.node = toolchain.node;
  setting.package = situation_.package.root;
  setting.directory = situation_.state;
  setting.secrets = secrets(toolchain);
  for (const auto& [name, value] : caller) {
    if (!value.empty()) setting.inherited.emplace(name, value);
  }
  setting.added =
      npm::client_environment(caller, toolchain, settings, {home, temporary.empty() ? "/tmp" : temporary});
  if (!request_.settings.packages.registry.empty()) {
    setting.added["npm_config_registry"] = request_.settings.packages.registry;
  }
  if (const auto done = give_cache(home, setting); !done) return base::pass(done.error());
  return setting;
}

// In the unit, HOME may be read-only, and npm then fails at its cache (ENOENT, mkdir ~/.npm). OpenClaw passes
// this variable to the install step, but not the settings of an npmrc; an npmrc of the user must remain in
// use.
Result<void> InstallerCommand::give_cache(const std::string& home, command::Setting& setting) const {
  const auto state = fs::open_directory(situation_.state);
  if (!state) return base::pass(state.error());
  const std::string folder = "staged-deps/cache/openclaw-cli";
  const auto cache = fs::make_directories_beneath(state->get(), folder, 0700);
  if (!cache) return base::pass(cache.error(), "preparing npm's cache in " + situation_.state);
  const std::string path = situation_.state + "/" + folder;
  setting.added["npm_config_cache"] = path;
  const auto has = [&](const char* name) {
    return setting.inherited.contains(name) || setting.added.contains(name);
  };
  if (has("NPM_CONFIG_USERCONFIG") || has("npm_config_userconfig") ||
      ::access((home + "/.npmrc").c_str(), F_OK) == 0) {
    return {};
  }
  const auto written = fs::write_file_durably(cache->get(), "npmrc", "cache=" + path + "\n", 0600);
  if (written) setting.added["NPM_CONFIG_USERCONFIG"] = path + "/npmrc";
  return written;
}

}  // namespace stage
