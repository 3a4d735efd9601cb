#include "stage/openclaw_command_line.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "npm/blame.hpp"
#include "openclaw/environment.hpp"
#include "openclaw/state_secrets.hpp"

namespace stage {
namespace {

using base::Result;

bool steers_openclaw(std::string_view name) {
  constexpr std::array secret_endings = {"TOKEN", "KEY", "KEYS", "PASSWORD", "SECRET", "CREDENTIALS"};
  return name.starts_with("OPENCLAW_") &&
         std::none_of(secret_endings.begin(), secret_endings.end(),
                      [&](std::string_view ending) { return name.ends_with(ending); });
}

bool steers_npm(std::string_view name) {
  constexpr std::array<std::string_view, 10> options = {
      "cafile",  "ca",         "registry",   "proxy",        "https_proxy",
      "noproxy", "strict_ssl", "userconfig", "globalconfig", "prefer_offline"};
  const std::string lower = base::lower(name);
  constexpr std::string_view prefix = "npm_config_";
  return lower.starts_with(prefix) &&
         std::find(options.begin(), options.end(), lower.substr(prefix.size())) != options.end();
}

}  // namespace

Result<process::Outcome> CommandLine::run(const std::vector<std::string>& arguments) {
  const auto toolchain =
      npm::find_toolchain(request_.settings.gateway.node, request_.environment.locations.search_path);
  if (!toolchain) return base::pass(toolchain.error());
  auto environment = environment_for(*toolchain);
  if (!environment) return base::pass(environment.error());
  process::Command command{
      {toolchain->node, situation_.package.root + "/dist/index.js"}, *environment, situation_.state};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  command.secrets = secrets(*toolchain);
  const std::string title = "openclaw " + situation_.package.version_text;
  process::Watch watch;
  watch.stall_timeout = request_.settings.packages.stall_timeout;
  watch.is_progress = [](std::string_view line) { return npm::retry_reason(line).empty(); };
  watch.tick = [&](std::chrono::milliseconds elapsed, std::chrono::milliseconds idle, std::string_view line) {
    surroundings_.progress({title, elapsed, idle, std::string(line), npm::retry_reason(line)});
  };
  return process::run(command, watch);
}

// The installer reads config and .env as the gateway does, and may quote them.
base::Redaction CommandLine::secrets(const npm::Toolchain& toolchain) const {
  base::Redaction secrets;
  openclaw::add_secrets_of_state(request_.environment, secrets);
  for (const std::string& file :
       {toolchain.global_config, request_.environment.locations.account_home + "/.npmrc"}) {
    npm::read_npmrc(file).add_secrets_to(secrets);
  }
  return secrets;
}

// What OpenClaw and its npm need to find the state, the registry and whom to trust; no key of a provider or
// channel. The config may name such a key as ${NAME}: both 5.12 and 9.6 only warn when it is not set, and
// keep the name.
Result<base::Environment> CommandLine::environment_for(const npm::Toolchain& toolchain) const {
  const base::Environment& caller = request_.environment.variables;
  const std::string& home = request_.environment.locations.account_home;
  npm::Npmrc settings = npm::read_npmrc(toolchain.global_config);
  for (auto& name : npm::read_npmrc(home + "/.npmrc").variables)
    settings.variables.push_back(std::move(name));
  const std::string temporary = openclaw::variable(caller, "TMPDIR");
  base::Environment result =
      npm::client_environment(caller, toolchain, settings, {home, temporary.empty() ? "/tmp" : temporary});
  for (const auto& [name, value] : caller) {
    if (!value.empty() && (steers_openclaw(name) || steers_npm(name))) result[name] = value;
  }
  // We are the supervisor: a command must not touch units or update anything.
  result["OPENCLAW_SERVICE_REPAIR_POLICY"] = "external";
  result["OPENCLAW_NO_AUTO_UPDATE"] = "1";
  if (!request_.settings.packages.registry.empty()) {
    result["npm_config_registry"] = request_.settings.packages.registry;
  }
  // OpenClaw's defaults (5 retries, up to 120 s apart) are 75 s of silence without a network (9.6).
  for (const auto& [name, value] : {std::pair{"retries", "2"},
                                    {"retry_mintimeout", "1000"},
                                    {"retry_maxtimeout", "10000"},
                                    {"timeout", "60000"}}) {
    result[std::string("npm_config_fetch_") + name] = value;
  }
  if (const auto done = give_cache(home, result); !done) return base::pass(done.error());
  return result;
}

// HOME may be read-only in the unit, and then npm dies of its cache (ENOENT, mkdir ~/.npm). OpenClaw takes
// the variable from the install step, but not what an npmrc says; one of the user's own must stay the one
// that is read.
Result<void> CommandLine::give_cache(const std::string& home, base::Environment& environment) const {
  const auto state = fs::open_directory(situation_.state);
  if (!state) return base::pass(state.error());
  const std::string folder = "staged-deps/cache/openclaw-cli";
  const auto cache = fs::make_directories_beneath(state->get(), folder, 0700);
  if (!cache) return base::pass(cache.error(), "preparing npm's cache in " + situation_.state);
  const std::string path = situation_.state + "/" + folder;
  environment["npm_config_cache"] = path;
  if (environment.contains("NPM_CONFIG_USERCONFIG") || environment.contains("npm_config_userconfig") ||
      ::access((home + "/.npmrc").c_str(), F_OK) == 0) {
    return {};
  }
  const auto written = fs::write_file_durably(cache->get(), "npmrc", "cache=" + path + "\n", 0600);
  if (written) environment["NPM_CONFIG_USERCONFIG"] = path + "/npmrc";
  return written;
}

}  // namespace stage
