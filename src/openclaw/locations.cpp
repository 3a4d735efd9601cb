// SPDX-License-Identifier: MIT
#include "openclaw/locations.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"

namespace openclaw {
namespace {

constexpr std::array<std::string_view, 10> deciding = {"HOME",
                                                       "USERPROFILE",
                                                       "OPENCLAW_HOME",
                                                       "OPENCLAW_STATE_DIR",
                                                       "OPENCLAW_CONFIG_PATH",
                                                       "OPENCLAW_INCLUDE_ROOTS",
                                                       "STATE_DIRECTORY",
                                                       "OPENCLAW_PLUGIN_STAGE_DIR",
                                                       "npm_config_prefix",
                                                       "PATH"};

bool exists(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0;
}

// A variable that a shell script or a JavaScript program filled with "undefined" names no home.
std::string home_variable(const base::Environment& environment, std::string_view name) {
  std::string value = variable(environment, name);
  return value == "undefined" || value == "null" ? std::string() : value;
}

std::string password_database_home() {
  std::array<char, 4096> buffer{};
  struct passwd entry = {};
  struct passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return {};
  return found->pw_dir == nullptr ? "" : found->pw_dir;
}

std::string system_home(const base::Environment& environment) {
  for (const std::string_view name : {"HOME", "USERPROFILE"}) {
    if (std::string home = home_variable(environment, name); !home.empty()) return home;
  }
  return password_database_home();
}

bool is_home_prefix(std::string_view path) {
  return path == "~" || path.starts_with("~/") || path.starts_with("~\\");
}

// "~" and "~/x" are of the home; "~other" is a plain name, since OpenClaw knows no other users.
std::string resolve_home_relative(std::string_view path, const std::string& home) {
  if (!is_home_prefix(path)) return resolve_path(path);
  return resolve_path(base::concat({home, path.substr(1)}));
}

constexpr std::string_view config_name = "openclaw.json";
constexpr std::string_view legacy_config_name = "clawdbot.json";
constexpr std::string_view state_name = ".openclaw";
constexpr std::string_view legacy_state_name = ".clawdbot";

std::string join(const std::string& directory, std::string_view name) {
  return (directory == "/" ? "" : directory) + "/" + std::string(name);
}

std::optional<std::string> existing_config(const std::string& directory) {
  for (const std::string_view name : {config_name, legacy_config_name}) {
    if (std::string path = join(directory, name); exists(path)) return path;
  }
  return std::nullopt;
}

std::string home_of(const base::Environment& environment, const std::string& account_home) {
  std::string home = home_variable(environment, "OPENCLAW_HOME");
  if (is_home_prefix(home)) home = account_home + home.substr(1);
  return resolve_path(home.empty() ? account_home
                                   : home);  // an empty one is the working directory, for OpenClaw too
}

std::string state_of(const base::Environment& environment, const std::string& home) {
  if (const std::string named = variable(environment, "OPENCLAW_STATE_DIR"); !named.empty()) {
    return resolve_home_relative(named, home);
  }
  const std::string legacy = join(home, legacy_state_name);
  std::string current = join(home, state_name);
  return !exists(current) && exists(legacy) ? legacy : current;
}

std::string config_of(const base::Environment& environment, const std::string& home,
                      const std::string& state) {
  if (const std::string named = variable(environment, "OPENCLAW_CONFIG_PATH"); !named.empty()) {
    return resolve_home_relative(named, home);
  }
  std::vector<std::string> folders = {state};
  if (variable(environment, "OPENCLAW_STATE_DIR").empty()) {
    for (const std::string_view name : {state_name, legacy_state_name}) {
      if (std::string folder = join(home, name); folder != state) folders.push_back(std::move(folder));
    }
  }
  for (const std::string& folder : folders) {
    if (std::optional<std::string> found = existing_config(folder)) return *found;
  }
  return join(state, config_name);
}

std::vector<std::string> include_roots_of(const base::Environment& environment, const std::string& home) {
  std::vector<std::string> roots;
  for (const std::string& entry : base::split(variable(environment, "OPENCLAW_INCLUDE_ROOTS"), ':')) {
    const std::string_view trimmed = base::trim(entry);
    if (trimmed.empty()) continue;
    std::string root = resolve_home_relative(trimmed, home);
    if (std::find(roots.begin(), roots.end(), root) == roots.end()) roots.push_back(std::move(root));
  }
  return roots;
}

std::string service_state_of(const base::Environment& environment) {
  for (const std::string& entry : base::split(variable(environment, "STATE_DIRECTORY"), ':')) {
    if (!base::trim(entry).empty()) return resolve_path(entry);
  }
  return {};
}

}  // namespace

Locations locations_of(const base::Environment& environment) {
  Locations found;
  const std::string account_home = system_home(environment);
  found.account_home = resolve_path(account_home);
  found.home = home_of(environment, account_home);
  found.state = state_of(environment, found.home);
  found.config = config_of(environment, found.home, found.state);
  found.include_roots = include_roots_of(environment, found.home);
  found.service_state = service_state_of(environment);
  found.stage_directory = variable(environment, "OPENCLAW_PLUGIN_STAGE_DIR");
  const std::string npm_prefix = variable(environment, "npm_config_prefix");
  if (!npm_prefix.empty()) found.npm_prefix = resolve_path(npm_prefix);
  found.search_path = variable(environment, "PATH");
  return found;
}

bool decides_locations(std::string_view name) {
  return std::find(deciding.begin(), deciding.end(), name) != deciding.end();
}

std::vector<std::string> Locations::stage_bases(bool layered) const {
  std::vector<std::string> bases;
  for (const std::string& entry :
       layered ? base::split(stage_directory, ':') : std::vector<std::string>{stage_directory}) {
    const std::string_view trimmed = base::trim(entry);
    if (trimmed.empty()) continue;
    const std::string resolved = resolve_home_relative(trimmed, home);
    std::erase(bases, resolved);  // of two mentions the last counts
    bases.push_back(resolved);
  }
  if (!bases.empty()) return bases;
  return {join(staging_state(), "plugin-runtime-deps")};
}

void apply_profile(const std::string& profile, base::Environment& environment) {
  if (profile.empty()) return;
  const auto set = [&](const char* name, const std::string& value) {
    if (variable(environment, name).empty()) environment.insert_or_assign(name, value);
  };
  std::string lower = profile;
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  const std::string suffix = lower == "default" ? "" : "-" + profile;
  const std::string home = home_of(environment, system_home(environment));
  set("OPENCLAW_STATE_DIR", join(home, std::string(state_name) + suffix));
  set("OPENCLAW_CONFIG_PATH", join(state_of(environment, home), config_name));
  if (profile == "dev") set("OPENCLAW_GATEWAY_PORT", "19001");
}

}  // namespace openclaw
