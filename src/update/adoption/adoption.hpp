// SPDX-License-Identifier: MIT
// The adoption of a gateway that was installed by other means: makes the files with which its unit starts
// `current`, and the workers run as its user, from its unit and its `npm -g` package.
//
// Existing files are not changed: drop-ins and one settings file are added, with names that show their
// origin, and adopt --undo removes them according to the adoption's record.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.hpp"
#include "base/result.hpp"
#include "bus/service_manager.hpp"
#include "contract/envelope.hpp"
#include "openclaw/launch.hpp"
#include "systemd/listening_sockets.hpp"
#include "update/adoption/main_process.hpp"
#include "update/adoption/moved_home.hpp"
#include "update/adoption/moved_unit.hpp"

namespace update {

struct TextFile {
  std::string path;  // absolute
  std::string text;
  std::string link_target = {};  // not empty: it is a symbolic link with this target, and has no text
};

// All that is known about the installation before anything is written.
struct Installation {
  std::string unit;  // "openclaw-gateway.service"
  bus::ServiceStatus status;
  bus::ServiceDefinition definition;
  std::vector<TextFile> unit_files;  // the unit file, then drop-ins, in the order in which they are read
  std::vector<std::string> resolved_command;  // exec_start, with links resolved in words that name a file
  std::vector<std::string> environment_file_keys;  // names
  std::string account_home;                        // of the unit's user, from the user database
  openclaw::LaunchCommand command;                 // exec_start, parsed
  std::string package_root;                        // links resolved; empty: see untold
  bool is_checkout = false;                        // it is a git checkout
  openclaw::Launch launch;                         // of that package, as far as the command shows it
  bool followed = false;               // the command leads to the package, according to the unit alone
  std::string resolved_node;           // launch.node with links resolved
  std::string own_update;              // one of its processes, which updates OpenClaw; empty: none
  std::optional<MainProcess> running;  // of the main process; nothing: it does not run, or is not seen
  std::optional<base::Error> untold;   // why the command leads to no package
  std::vector<systemd::ListeningSocket> sockets;  // on which its processes listen, as far as they are visible
  std::optional<MovedHome> moved_home;       // it runs as root, and will run as that user (home_move.hpp)
  std::optional<MovedUnit> moved_unit = {};  // it is a user unit (user_unit.hpp)
  // It stays a user unit, in the scope of the calling user. `carried`: variables of its unit that workers
  // need as well.
  bool is_own = false;
  base::Environment carried = {};
};

struct AdoptionPlaces {
  std::string units = "/etc/systemd/system";
  std::string settings = "/etc/openclaw/helpers.ini.d";
  std::string current = "/var/lib/openclaw-update/current";
  // The name of the gateway (GatewayPlaces); empty for the gateway without a name.
  std::string gateway = {};
  std::string updater = "/var/lib/openclaw-update";
  std::string state = "/var/lib/openclaw-update";
  std::string templates = "/usr/share/openclaw-systemd/units";  // templates of the workers, as shipped
  std::string shipped = "/usr/lib/systemd/system";
  std::string tmpfiles = "/etc/tmpfiles.d";
  std::string results = {};                       // of the workers; WorkerPlaces::gateway_results
  std::string homes = "/var/lib/openclaw-homes";  // of gateways that ran as root
  std::string user_units = "/etc/systemd/user";   // the administrator's, for all users' managers
  std::string service_states = "/var/lib";        // contains the folders of StateDirectory=
  // The user of a unit without User= in a user's service manager; empty: that of the system.
  std::string own_user = {};
  std::string secrets = "/etc/openclaw";  // gateway.env, and gateway-NAME.env of one with a name
  contract::UserUnitMarks marks = {};
};

// Set in the unit of a gateway with a name, and read by the programs that the unit starts.
inline constexpr const char* gateway_variable = "OPENCLAW_HELPERS_GATEWAY";

struct AdoptionPlan {
  std::vector<TextFile> files;       // in the order in which they are written
  std::vector<std::string> command;  // the new command of the gateway's unit
  std::string state_directory;       // of the gateway, for the settings
  std::vector<std::string> notes;    // information for an operator, possibly with a next step
};

// `not_found` or `refused`, with the reason and the remedy, if the installation cannot be adopted: the unit
// does not exist, runs as root or as a dynamic user; its command is not a gateway's, does not name that
// package itself (the error contains the command to write), is set again by a later drop-in, or has
// privileges that its user does not have; or its locations are in an environment file, which this program
// does not read.
[[nodiscard]] base::Result<AdoptionPlan> plan_adoption(const Installation& found,
                                                       const AdoptionPlaces& places = {});

// Whether the unit starts another OpenClaw than the one that `current` points to. An update of such a gateway
// would stop it, promote a release that it does not run, and roll back. Links and scripts are followed; false
// if they lead to no package.
[[nodiscard]] bool starts_another(const bus::ServiceDefinition& definition, const std::string& current);

// Absolute, and only with characters that need no quotes in a unit file.
[[nodiscard]] bool is_plain_path(std::string_view path);

// Quotes one argument of ExecStart=, or one assignment of Environment=, so that systemd reads `text`. "$"
// keeps its meaning, because systemd reports the command of a unit with variables unexpanded.
[[nodiscard]] std::string quoted_for_unit(std::string_view text);

}  // namespace update
