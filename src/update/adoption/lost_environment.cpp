// SPDX-License-Identifier: MIT
#include "update/adoption/lost_environment.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "update/adoption/refusal.hpp"

namespace update {
namespace {

using base::Result;
using Words = std::vector<std::string>;

// systemd.exec(5), "Environment variables set or propagated by the service manager".
constexpr std::array<std::string_view, 38> of_systemd{"LANG",
                                                      "LANGUAGE",
                                                      "USER",
                                                      "LOGNAME",
                                                      "HOME",
                                                      "SHELL",
                                                      "TERM",
                                                      "COLORTERM",
                                                      "NO_COLOR",
                                                      "INVOCATION_ID",
                                                      "XDG_RUNTIME_DIR",
                                                      "XDG_SESSION_ID",
                                                      "XDG_SESSION_CLASS",
                                                      "XDG_SESSION_TYPE",
                                                      "XDG_SEAT",
                                                      "XDG_VTNR",
                                                      "RUNTIME_DIRECTORY",
                                                      "STATE_DIRECTORY",
                                                      "CACHE_DIRECTORY",
                                                      "LOGS_DIRECTORY",
                                                      "CONFIGURATION_DIRECTORY",
                                                      "CREDENTIALS_DIRECTORY",
                                                      "ENCRYPTED_CREDENTIALS_DIRECTORY",
                                                      "MAINPID",
                                                      "MANAGERPID",
                                                      "MANAGERPIDFDID",
                                                      "NOTIFY_SOCKET",
                                                      "FDSTORE",
                                                      "WATCHDOG_PID",
                                                      "WATCHDOG_USEC",
                                                      "SYSTEMD_EXEC_PID",
                                                      "LOG_NAMESPACE",
                                                      "JOURNAL_STREAM",
                                                      "PIDFILE",
                                                      "REMOTE_ADDR",
                                                      "REMOTE_PORT",
                                                      "DBUS_SYSTEM_BUS_ADDRESS",
                                                      "DBUS_SESSION_BUS_ADDRESS"};
constexpr std::array<std::string_view, 7> families_of_systemd{
    "LC_", "LISTEN_", "MEMORY_PRESSURE_", "TRIGGER_", "MONITOR_", "SERVICE_", "EXIT_"};
// Set by a shell, or by shims of package clients, for every process that they start.
constexpr std::array<std::string_view, 13> bookkeeping{"PWD",
                                                       "OLDPWD",
                                                       "SHLVL",
                                                       "_",
                                                       "NODE_PATH",
                                                       "BASH_ENV",
                                                       "ENV",
                                                       "HOSTNAME",
                                                       "HOSTTYPE",
                                                       "MAIL",
                                                       "INIT_CWD",
                                                       "VOLTA_RECURSE",
                                                       "_VOLTA_TOOL_RECURSION"};
constexpr std::array<std::string_view, 4> families_of_shims{"npm_", "BASH_FUNC_", "__MISE_", "MISE_SHELL"};

bool is_in(const auto& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}
bool starts_with_any(std::string_view name, const auto& families) {
  return std::ranges::any_of(families, [&](std::string_view family) { return name.starts_with(family); });
}

bool is_assigned_in_front(const Words& in_front, const std::string& name) {
  return std::ranges::any_of(in_front, [&](const std::string& word) { return word.starts_with(name + "="); });
}

// Otherwise systemd sets the whole environment, before and after the adoption.
bool has_something_in_front(const openclaw::Launch& launch) {
  return launch.by_shell || !launch.shims.empty() || !launch.selected_by.empty();
}

std::string who_gives(const openclaw::Launch& launch) {
  if (launch.by_login_shell) return "the profile of its login shell";
  if (!launch.shims.empty()) return launch.shims.front();
  return launch.selected_by.empty() ? "its shell" : launch.selected_by;
}

bool makes_path(const openclaw::Launch& launch) {
  return launch.by_login_shell || launch.by_manager || !launch.selected_by.empty();
}

// A file that the unit reads already, or a new one.
std::string lines_for_file(const Installation& found, const AdoptionPlaces& places, const Words& names) {
  const std::string lines = base::join(names, "=..., ") + "=...";
  const auto& files = found.definition.environment_files;
  if (!files.empty()) return base::concat({"write the lines ", lines, " into ", files.back().path});
  const std::string file = environment_file_for(found);
  return base::concat({"write the lines ", lines, " into ", file, " (chmod 0600), and EnvironmentFile=", file,
                       " into ", places.units, "/", found.unit, ".d/40-environment.conf, in [Service]"});
}

// The workers need the values of these (require_adoptable_unit).
std::string lines_for_unit(const Installation& found, const AdoptionPlaces& places, const Words& names) {
  Words lines;
  lines.reserve(names.size());
  for (const std::string& name : names) lines.push_back(base::concat({"Environment=", name, "=..."}));
  return base::concat({"write ", base::join(lines, ", "), " into ", places.units, "/", found.unit,
                       ".d/40-environment.conf, in [Service]"});
}

}  // namespace

std::string environment_file_for(const Installation& found) {
  return base::concat({"/etc/openclaw/", found.unit.substr(0, found.unit.rfind('.')), ".env"});
}

bool speaks_of_a_secret(std::string_view name) {
  constexpr std::array<std::string_view, 10> secrets{"TOKEN",    "KEY",    "KEYS",       "SECRET",
                                                     "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIALS",
                                                     "COOKIE",   "APIKEY"};
  return std::ranges::any_of(base::split(base::lower(name), '_'), [&](const std::string& part) {
    return std::ranges::any_of(secrets, [&](std::string_view word) { return base::lower(word) == part; });
  });
}

bool is_needed_by_gateway(std::string_view name) {
  constexpr std::array<std::string_view, 3> families{"openclaw_", "clawdbot_", "moltbot_"};
  constexpr std::array<std::string_view, 11> others{"http_proxy",
                                                    "https_proxy",
                                                    "all_proxy",
                                                    "no_proxy",
                                                    "ssl_cert_file",
                                                    "ssl_cert_dir",
                                                    "node_options",
                                                    "node_env",
                                                    "node_extra_ca_certs",
                                                    "node_use_env_proxy",
                                                    "node_tls_reject_unauthorized"};
  const std::string lower = base::lower(name);
  return starts_with_any(lower, families) || is_in(others, lower) || speaks_of_a_secret(name);
}

bool is_set_for_everything(std::string_view name) {
  return is_in(of_systemd, name) || starts_with_any(name, families_of_systemd) || is_in(bookkeeping, name) ||
         starts_with_any(name, families_of_shims);
}

std::vector<std::string> lost_environment(const Installation& found) {
  Words lost;
  if (!found.running || !has_something_in_front(found.launch)) return lost;
  for (const std::string& name : found.running->environment_keys) {
    if (name == "PATH" && !makes_path(found.launch)) continue;
    const bool stays = is_in(found.definition.environment_keys, name) ||
                       is_in(found.environment_file_keys, name) ||
                       is_assigned_in_front(found.launch.in_front, name);
    if (!stays && !is_set_for_everything(name)) lost.push_back(name);
  }
  return lost;
}

Result<void> require_nothing_needed_lost(const Installation& found, const AdoptionPlaces& places) {
  if (!found.launch.giving_environment.empty()) return {};
  Words locations;
  Words others;
  for (const std::string& name : lost_environment(found)) {
    if (is_in(bus::location_variables, name)) {
      locations.push_back(name);
    } else if (is_needed_by_gateway(name)) {
      others.push_back(name);
    }
  }
  if (locations.empty() && others.empty()) return {};
  Words steps;
  if (!others.empty()) steps.push_back(lines_for_file(found, places, others));
  if (!locations.empty()) steps.push_back(lines_for_unit(found, places, locations));
  Words all = others;
  all.insert(all.end(), locations.begin(), locations.end());
  return refuse(
      {found.unit, " runs with ", base::join(all, ", "), ", which ", who_gives(found.launch),
       " sets and the unit does not, and the gateway would lose it; ", base::join(steps, "; "),
       ", then systemctl daemon-reload, and adopt again; if it is no longer needed, remove it where ",
       "it is set, and restart the gateway first"});
}

std::string note_of_lost_environment(const Installation& found) {
  const Words lost = lost_environment(found);
  if (lost.empty()) return {};
  return base::concat(
      {"the gateway no longer gets ", base::join(lost, ", "), " from ", who_gives(found.launch),
       "; put those that it or its tools need into Environment= or an EnvironmentFile= of ", found.unit});
}

}  // namespace update
