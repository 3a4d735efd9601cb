// SPDX-License-Identifier: MIT
// Taking over a gateway that somebody else installed: from its unit and its `npm -g` package to the files
// that make the unit start `current`, and the workers run as that gateway's user.
//
// What was there is not touched: drop-ins and one settings file are added, under names that tell whose they
// are, and adopt --undo removes them by the record that is kept of them.
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
  std::string link_target = {};  // not empty: it is a symbolic link to that, and has no text
};

// All that is known of it, before anything is written.
struct Installation {
  std::string unit;  // "openclaw-gateway.service"
  bus::ServiceStatus status;
  bus::ServiceDefinition definition;
  std::vector<TextFile> unit_files;                // its own, then drop-ins, in the order of their reading
  std::vector<std::string> resolved_command;       // exec_start with links resolved, where they name a file
  std::vector<std::string> environment_file_keys;  // names
  std::string account_home;                        // of the unit's user, by the password database
  openclaw::LaunchCommand command;                 // exec_start, understood
  std::string package_root;                        // links resolved; empty: see untold
  bool is_checkout = false;                        // it is a git checkout
  openclaw::Launch launch;                         // of that package, as far as the command tells
  bool followed = false;                           // the command leads there, seen from the unit alone
  std::string resolved_node;                       // launch.node with links resolved
  std::string own_update;                          // a process of it that updates OpenClaw; empty: none
  std::optional<MainProcess> running;              // what its main process has; nothing: it does not run
  std::optional<base::Error> untold;               // why the command leads to no package
  std::vector<systemd::ListeningSocket> sockets;   // that its processes listen on, as far as that can be seen
  std::optional<MovedHome> moved_home;             // it runs as root, and becomes that user's (home_move.hpp)
  std::optional<MovedUnit> moved_unit = {};        // it is a user's own unit (user_unit.hpp)
  // It stays a unit of the user's own whose scope this is; of what its unit sets, what workers get, too.
  bool is_own = false;
  base::Environment carried = {};
};

struct AdoptionPlaces {
  std::string units = "/etc/systemd/system";
  std::string settings = "/etc/openclaw/helpers.ini.d";
  std::string current = "/var/lib/openclaw-update/current";
  // Of a gateway that has a name (GatewayPlaces); empty for the one without.
  std::string gateway = {};
  std::string updater = "/var/lib/openclaw-update";
  std::string state = "/var/lib/openclaw-update";
  std::string templates = "/usr/share/openclaw-systemd/units";  // of the workers, as they are shipped
  std::string shipped = "/usr/lib/systemd/system";
  std::string tmpfiles = "/etc/tmpfiles.d";
  std::string results = {};                       // of the workers; WorkerPlaces::gateway_results
  std::string homes = "/var/lib/openclaw-homes";  // of gateways that ran as root
  std::string user_units = "/etc/systemd/user";   // the administrator's, for every user's manager
  std::string service_states = "/var/lib";        // in which StateDirectory= is
  // Whom a unit without User= runs as, where no unit of the service manager has one; empty: the system's.
  std::string own_user = {};
  std::string secrets = "/etc/openclaw";  // gateway.env, and gateway-NAME.env of one with a name
  contract::UserUnitMarks marks = {};
};

// Of the unit of a gateway that has a name: the programs that it starts learn by this which one it is.
inline constexpr const char* gateway_variable = "OPENCLAW_HELPERS_GATEWAY";

struct AdoptionPlan {
  std::vector<TextFile> files;       // in the order in which they are written
  std::vector<std::string> command;  // what the gateway's unit will start
  std::string state_directory;       // of the gateway, as the settings will have it
  std::vector<std::string> notes;    // what a person has to know, or to do
};

// `not_found` or `refused`, with the reason and the remedy, for what cannot be taken over: an absent unit,
// one that runs as root or as a user who is there only meanwhile, one whose command is no gateway's, does not
// name that package itself (the command to write is told then), is set again by a later drop-in, or has
// privileges that its user has not, and one whose locations are in an environment file, which nobody here
// reads.
[[nodiscard]] base::Result<AdoptionPlan> plan_adoption(const Installation& found,
                                                       const AdoptionPlaces& places = {});

// Does the unit start an OpenClaw that is not the one `current` leads to? An update of such a gateway would
// stop it, promote what it does not run, and roll back. Links and scripts are followed; where that leads
// nowhere it is not known: no.
[[nodiscard]] bool starts_another(const bus::ServiceDefinition& definition, const std::string& current);

// Absolute, and of characters that a unit file has without quotes.
[[nodiscard]] bool is_plain_path(std::string_view path);

// One argument of ExecStart=, or one assignment of Environment=, so that systemd reads it as it is here.
// "$" keeps its meaning: what systemd answers of a unit's command has it unexpanded.
[[nodiscard]] std::string quoted_for_unit(std::string_view text);

}  // namespace update
