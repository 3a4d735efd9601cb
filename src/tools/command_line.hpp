// SPDX-License-Identifier: MIT
// What the command lines of both programs have in common, and whose environment a run is made for.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "base/environment.hpp"
#include "base/result.hpp"
#include "config/scope.hpp"
#include "config/settings.hpp"

namespace tools {

struct CommandLine {
  std::string package_root, state_directory, stage_directory, config, profile;
  std::string gateway;        // its name; empty: the one without
  std::string settings_file;  // --settings
  bool is_user = false;       // --user
};

// Whose gateway is meant: a user's own with --user or in a unit that says so, or the system's; with
// --settings instead of the files of that.
[[nodiscard]] config::Scope scope_of(const CommandLine& line, const base::Environment& environment);

// --package-root, --state-dir, --stage-dir, --config, --profile, --settings and --gateway, which the unit of
// a gateway with a name has in its environment. The profile is applied last, by openclaw::apply_profile(): it
// depends on the home.
void add_location_options(CLI::App& app, CommandLine& line);

// The gateway's environment with what the command line says put over it, the way OpenClaw itself would be
// told.
[[nodiscard]] base::Environment environment_of(const CommandLine& line, base::Environment inherited);

// --profile, else what the command says that the program is to become.
[[nodiscard]] std::string profile_of(const CommandLine& line, const std::vector<std::string>& command);

// Where no unit tells: `service_state`, which is the shipped unit's or what the settings say, if this caller
// may write it (or is root), with HOME in it as that unit has it.
void adopt_service_state(base::Environment& environment, const std::string& service_state);

// root works as the owner of the state directory: nothing of npm, Node or OpenClaw runs with privileges, and
// nothing that the gateway must write ends up as root's. Groups, gid and uid are the owner's afterwards.
[[nodiscard]] base::Result<void> become_owner_of(const std::string& directory);

}  // namespace tools
