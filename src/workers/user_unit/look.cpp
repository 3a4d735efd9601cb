// SPDX-License-Identifier: MIT
#include "workers/user_unit/look.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/environment.hpp"
#include "base/secret_shapes.hpp"
#include "base/text.hpp"
#include "fs/file.hpp"
#include "openclaw/gateway_environment.hpp"
#include "openclaw/named_paths.hpp"
#include "systemd/environment_file.hpp"

namespace workers::user_unit {
namespace {

using base::Result;
using contract::UserUnitFound;

constexpr std::size_t file_limit = std::size_t{1024} * 1024;

// Settings that OpenClaw's installer writes, from 2026.4.14 to 2026.9.6, and settings that are transferred in
// another way.
constexpr std::array<std::string_view, 25> of_the_installer{"Description",
                                                            "Documentation",
                                                            "After",
                                                            "Wants",
                                                            "StartLimitBurst",
                                                            "Type",
                                                            "ExecStart",
                                                            "StartLimitIntervalSec",
                                                            "Restart",
                                                            "RestartSec",
                                                            "TimeoutStopSec",
                                                            "RestartPreventExitStatus",
                                                            "OOMPolicy",
                                                            "KillMode",
                                                            "TimeoutStartSec",
                                                            "SuccessExitStatus",
                                                            "Environment",
                                                            "WantedBy",
                                                            "EnvironmentFile",
                                                            "WorkingDirectory",
                                                            "Alias",
                                                            "ExecSearchPath",
                                                            "SyslogIdentifier",
                                                            "StandardOutput",
                                                            "StandardError"};

bool is_url_with_credentials(std::string_view value) {
  const std::size_t scheme = value.find("://");
  return scheme != std::string_view::npos && value.find('@', scheme) != std::string_view::npos;
}

// Variables that the installer writes for its own use: the name of the unit, its manager, the names of
// variables that it has moved elsewhere.
bool is_bookkeeping(std::string_view name) {
  return name.starts_with("OPENCLAW_SERVICE_") || name.starts_with("OPENCLAW_WINDOWS_") ||
         name == "OPENCLAW_SYSTEMD_UNIT";
}

void add_value(const std::string& name, const std::string& value, std::vector<contract::NamedValue>& to,
               UserUnitFound& found) {
  if (is_bookkeeping(name)) return;
  if (base::is_named_secret(name, value) || is_url_with_credentials(value)) {
    found.secrets.push_back(name);
  } else {
    to.push_back({name, value});
  }
}

void add_environment(const base::Environment& values, UserUnitFound& found) {
  for (const auto& [name, value] : values) add_value(name, value, found.environment, found);
}

// Variables that the service manager passes to all processes: ~/.config/environment.d, systemctl --user
// import-environment. `known` are the names that the unit and its files set.
void add_inherited(const std::string& proc, const base::Environment& known, UserUnitFound& found) {
  const auto text = fs::read_trusted_file(
      base::concat({proc, "/", std::to_string(found.main_pid), "/environ"}), file_limit);
  if (!text) return;
  for (const std::string& entry : base::split(*text, '\0')) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos || equals == 0) continue;
    const std::string name = entry.substr(0, equals);
    if (!known.contains(name)) add_value(name, entry.substr(equals + 1), found.inherited, found);
  }
}

void add_other_settings(const std::string& path, UserUnitFound& found) {
  const auto text = fs::read_trusted_file(path, file_limit);
  if (!text) return;
  for (const std::string& raw : base::split(*text, '\n')) {
    const std::string_view line = base::trim(raw);
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || line.starts_with('#') || line.starts_with(';')) continue;
    const std::string key = base::printable(base::trim(line.substr(0, equals)), 64);
    const bool known = std::ranges::find(of_the_installer, key) != of_the_installer.end() ||
                       std::ranges::find(found.other_settings, key) != found.other_settings.end();
    if (!known) found.other_settings.push_back(key);
  }
}

void add_environment_files(const bus::ServiceDefinition& definition, base::Environment& environment,
                           UserUnitFound& found) {
  for (const auto& file : definition.environment_files) {
    contract::UserEnvironmentFile row{file.path, file.optional, {}};
    if (const auto text = fs::read_trusted_file(file.path, file_limit)) {
      row.keys = systemd::environment_file_keys(*text);
    }
    // Only whether they are set matters here, not their values.
    for (const std::string& key : row.keys) environment.try_emplace(key, "");
    found.environment_files.push_back(std::move(row));
  }
}

// The installer copies variables into gateway.systemd.env that OpenClaw itself reads from <state>/.env and
// from the config.
void add_own_keys(base::Environment environment, UserUnitFound& found) {
  for (const std::string& name : found.secrets) environment.erase(name);
  const auto gateway = openclaw::gateway_environment(environment, found.working_directory);
  found.own_keys.assign(gateway.added.begin(), gateway.added.end());
}

void add_places(const base::Environment& environment, UserUnitFound& found) {
  const auto gateway = openclaw::gateway_environment(environment, found.working_directory);
  const openclaw::Locations& locations = gateway.locations;
  found.state = locations.state;
  found.config = locations.config;
  auto paths = openclaw::read_named_paths(locations);
  if (!paths) {
    found.config_fault = paths.error().message;
    return;
  }
  found.paths = std::move(paths->known);
  found.unknown_paths = std::move(paths->unknown);
  found.of_sandbox = paths->of_sandbox;
}

}  // namespace

Result<UserUnitFound> look_at(bus::ServiceManager& manager, const std::string& unit,
                              const std::string& proc) {
  const auto status = manager.status(unit);
  if (!status) return base::pass(status.error());
  UserUnitFound found;
  found.load_state = status->load_state;
  found.active_state = status->active_state;
  found.sub_state = status->sub_state;
  found.invocation_id = status->invocation_id;
  found.control_group = status->control_group;
  found.fragment_path = status->fragment_path;
  found.drop_ins = status->drop_in_paths;
  found.need_reload = status->need_daemon_reload;
  found.main_pid = status->main_pid;
  if (found.load_state != "loaded") return found;
  const auto definition = manager.definition(unit);
  if (!definition) return base::pass(definition.error());
  const auto values = manager.environment(unit);
  if (!values) return base::pass(values.error());
  found.exec_start = definition->exec_start;
  found.search_path = definition->search_path;
  found.type = definition->type;
  found.working_directory = definition->working_directory;
  base::Environment environment(values->begin(), values->end());
  add_environment(environment, found);
  add_other_settings(found.fragment_path, found);
  for (const std::string& path : found.drop_ins) add_other_settings(path, found);
  const base::Environment own = base::current_environment();
  for (const char* const name : {"HOME", "USER"}) {
    if (const auto set = own.find(name); set != own.end()) environment.try_emplace(name, set->second);
  }
  add_own_keys(environment, found);
  add_environment_files(*definition, environment, found);
  add_inherited(proc, environment, found);
  add_places(environment, found);
  return found;
}

}  // namespace workers::user_unit
