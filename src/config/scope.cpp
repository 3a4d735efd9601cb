// SPDX-License-Identifier: MIT
#include "config/scope.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>

#include "base/text.hpp"
#include "config/gateways.hpp"

namespace config {
namespace {

// What the specification of these variables says of one that is not set, or not absolute.
std::string folder_of(const base::Environment& environment, const char* variable,
                      const std::string& otherwise) {
  const auto set = environment.find(variable);
  return set != environment.end() && set->second.starts_with('/') ? set->second : otherwise;
}

}  // namespace

Scope scope_of_user(unsigned uid, const std::string& home, const base::Environment& environment) {
  const std::string config = folder_of(environment, "XDG_CONFIG_HOME", home + "/.config");
  const std::string state = folder_of(environment, "XDG_STATE_HOME", home + "/.local/state");
  const std::string cache = folder_of(environment, "XDG_CACHE_HOME", home + "/.cache");
  Scope scope;
  scope.is_user = true;
  scope.manager = base::concat({"/run/user/", std::to_string(uid)});
  scope.settings = config + "/openclaw-helpers/helpers.ini";
  scope.settings.site = default_path;
  scope.settings.state_directory = state + "/openclaw";
  scope.updater = state + "/openclaw-update";
  scope.runtime = scope.manager + "/openclaw-update";
  // Where the units can name them: %S is another folder with systemd 252.
  scope.requests = scope.runtime + "/requests";
  scope.results = scope.manager + "/openclaw-workers";
  scope.fetched = cache + "/openclaw-fetch";
  scope.watchdog = state + "/openclaw-watchdog";
  scope.service_states = state;
  scope.unit_files = config + "/systemd/user";
  scope.shipped_units = "/usr/lib/systemd/user";
  return scope;
}

Scope scope_of_unit(const base::Environment& environment) {
  const auto told = environment.find(scope_variable);
  if (told == environment.end() || told->second != "user") return {};
  return scope_of_user(::geteuid(), home_of_caller(), environment);
}

base::Result<Settings> load_settings(const Scope& scope, const std::string& gateway) {
  auto settings = load_gateway(scope.settings, gateway);
  if (!settings || !scope.is_user || !settings->gateway.package_root.empty()) return settings;
  const std::string current =
      base::concat({scope.updater, gateway.empty() ? "" : "/gateways/", gateway, "/current"});
  if (::access(current.c_str(), F_OK) == 0) settings->gateway.package_root = current;
  return settings;
}

std::string home_of_caller() {
  std::array<char, 16384> buffer{};
  struct passwd entry = {};
  struct passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return {};
  return found->pw_dir == nullptr ? "" : found->pw_dir;
}

}  // namespace config
