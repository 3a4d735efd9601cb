// SPDX-License-Identifier: MIT
#include "update/adoption/adoption.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "base/text.hpp"
#include "config/scope.hpp"
#include "config/values.hpp"
#include "openclaw/locations.hpp"
#include "update/adoption/command.hpp"
#include "update/adoption/direct_command.hpp"
#include "update/adoption/inline_secrets.hpp"
#include "update/adoption/lost_environment.hpp"
#include "update/adoption/named_gateway.hpp"
#include "update/adoption/obstacles.hpp"
#include "update/adoption/refusal.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::string_view heading =
    "# Written by openclaw-update adopt; openclaw-update adopt --undo removes it.\n";
constexpr unsigned default_port = 18789, port_of_development = 19001;
constexpr unsigned first_free_port = 1024;  // ports below need CAP_NET_BIND_SERVICE

struct Assignment {
  std::string_view key, value;
};
// The service manager starts, stops and updates the gateway, so OpenClaw must neither rewrite units nor
// update itself.
constexpr std::array<Assignment, 3> lifecycle{{{"OPENCLAW_SUPERVISOR_MODE", "external"},
                                               {"OPENCLAW_SERVICE_REPAIR_POLICY", "external"},
                                               {"OPENCLAW_NO_AUTO_UPDATE", "1"}}};

struct Worker {
  std::string_view name;
  bool writes;                    // to the gateway's state
  bool has_folders;               // its template sets StateDirectory= and WorkingDirectory=
  bool has_plugin_view = false;   // its template sets Environment=OPENCLAW_BUNDLED_PLUGINS_DIR=
  bool names_the_unit = false;    // its template sets Environment=OPENCLAW_SYSTEMD_UNIT=
  bool sees_the_gateway = false;  // examines its processes
};
// Workers that run as the gateway's user.
constexpr std::array<Worker, 6> workers{{{"openclaw-state", true, true, false, false, true},
                                         {"openclaw-migrate", true, true},
                                         {"openclaw-validate", false, false},
                                         {"openclaw-canary", false, false},
                                         {"openclaw-stage", true, true, true},
                                         {"openclaw-probe", true, true, true, true, true}}};

std::vector<std::string> worker_programs() {
  std::vector<std::string> programs;
  programs.reserve(workers.size());
  for (const Worker& worker : workers) programs.emplace_back(worker.name);
  return programs;
}

// The path itself if it does not exist.
std::string resolved(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
  return real ? real.get() : path;
}

bool has(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

openclaw::GatewayArguments arguments_of(const Installation& found) {
  return openclaw::read_gateway_arguments(found.launch.arguments);
}

// Of the sockets of a running gateway: other sockets of OpenClaw have higher ports (browser control is + 2).
std::optional<unsigned> lowest_port(const Installation& found) {
  const auto lowest = std::ranges::min_element(found.sockets, {}, &systemd::ListeningSocket::port);
  return lowest == found.sockets.end() ? std::nullopt : std::optional<unsigned>(lowest->port);
}

// The expected port; workers and watchdog determine the real one themselves.
unsigned port_of(const Installation& found) {
  const auto arguments = arguments_of(found);
  if (arguments.port) return *arguments.port;
  if (const auto seen = lowest_port(found)) return *seen;
  return arguments.profile == "dev" ? port_of_development : default_port;
}

// --- the place of the state

struct Folders {
  base::Environment environment;      // HOME, and other variables that determine the place
  std::string state;                  // [gateway] state-directory
  std::vector<std::string> writable;  // folders that workers write to, none of which is inside another
};

void add_folder(std::vector<std::string>& folders, const std::string& folder) {
  for (const std::string& known : folders) {
    if (is_beneath(known, folder)) return;
  }
  std::erase_if(folders, [&](const std::string& known) { return is_beneath(folder, known); });
  folders.push_back(folder);
}

Result<Folders> folders_of(const Installation& found, const AdoptionPlaces& places) {
  Folders folders;
  folders.environment.insert(found.definition.locations.begin(), found.definition.locations.end());
  folders.environment.try_emplace("HOME", found.account_home);
  if (found.moved_unit) {
    const auto& carried = found.moved_unit->environment;
    folders.environment.insert(carried.begin(), carried.end());
  }
  folders.environment.insert(found.carried.begin(), found.carried.end());
  // Workers have no such argument, so they get its effect.
  openclaw::apply_profile(arguments_of(found).profile, folders.environment);
  const openclaw::Locations locations = openclaw::locations_of(folders.environment);
  const std::string& config = locations.config;
  const std::string& own = locations.state;
  const auto& of_unit = found.definition.state_directories;
  folders.state =
      of_unit.empty() ? locations.home : base::concat({places.service_states, "/", of_unit.front()});
  // The updater creates it, because the place of StateDirectory= of a user unit depends on the version of
  // systemd.
  if (found.is_own) {
    const std::string_view name = places.gateway;
    folders.state = base::concat({places.service_states, "/openclaw", name.empty() ? "" : "-", name});
  }
  // The real path: only the units see the home at the other path.
  if (of_unit.empty() && found.moved_home) folders.state = found.moved_home->place;
  const auto set_by = [&](const char* variable, const std::string& otherwise) {
    return folders.environment.contains(variable) ? base::concat({"Environment=", variable, "="}) : otherwise;
  };
  const std::string home = set_by("OPENCLAW_HOME", "Environment=HOME=");
  const std::string profile = arguments_of(found).profile;
  const std::string state =
      profile.empty() ? set_by("OPENCLAW_STATE_DIR", home) : base::concat({"--profile ", profile});
  const std::pair<std::string, std::string> wanted[] = {
      {folders.state, of_unit.empty() ? home : "StateDirectory="},
      {own, state},
      {config.substr(0, config.rfind('/')), set_by("OPENCLAW_CONFIG_PATH", state)}};
  for (const auto& [folder, setting] : wanted) {
    if (!is_plain_path(folder)) {
      return refuse({"the gateway's state would be in \"", folder,
                     "\", which is not a separate folder with a plain name; ", setting, " of ", found.unit,
                     " must name such a folder"});
    }
    add_folder(folders.writable, folder);
  }
  if (found.moved_home) add_folder(folders.writable, found.moved_home->home);
  return folders;
}

// --- the files

std::string environment_line(std::string_view key, std::string_view value) {
  return "Environment=" + quoted_for_unit(base::concat({key, "=", value})) + "\n";
}

std::string without_specifiers(std::string_view text) {
  std::string doubled;
  for (const char c : text) doubled.append(c == '%' ? 2 : 1, c);
  return doubled;
}

TextFile drop_in(const AdoptionPlaces& places, std::string_view unit, const std::string& text) {
  return {base::concat({places.units, "/", unit, ".d/", adoption_drop_in}), base::concat({heading, text})};
}

std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

// For a Node that a user has installed in a home, as nvm does: its program, and the npm beside it. Nothing
// for one in a folder of `seen`. If it is removed later, a worker that starts without it reports this, while
// one that fails to start could not.
std::vector<std::string> hidden_node(const Installation& found, const std::vector<std::string>& seen) {
  std::vector<std::string> hidden;
  if (found.moved_unit || found.is_own) return hidden;  // the whole home is visible
  for (const std::string& path : {found.launch.node, found.resolved_node}) {
    const bool is_seen =
        std::ranges::any_of(seen, [&](const std::string& folder) { return is_beneath(folder, path); });
    if (!is_hidden_by_protect_home(path) || is_seen || !is_plain_path(path)) continue;
    for (const std::string& folder :
         {"-" + folder_of(path), "-" + folder_of(folder_of(path)) + "/lib/node_modules"}) {
      if (!has(hidden, folder)) hidden.push_back(folder);
    }
  }
  return hidden;
}

// The mount over the home of a gateway that ran as root.
std::string bind_of(const Installation& found, const std::string& folder) {
  if (!found.moved_home || folder != found.moved_home->home) return folder;
  return base::concat({found.moved_home->place, ":", folder});
}

// Hides all homes except for what is bound into them. With systemd 257 and later, a home that is bound over
// one of those folders itself is read-only beneath ProtectHome=tmpfs.
std::string hide_homes(const Installation& found) {
  if (!found.moved_home) return "ProtectHome=tmpfs\n";
  std::string text = "ProtectHome=no\n";
  for (const std::string_view folder : {"/home", "/root", "/run/user"}) {
    if (folder != found.moved_home->home) text += base::concat({"TemporaryFileSystem=", folder, ":ro\n"});
  }
  return text;
}

// The settings that a gateway's unit needs to run as a user instead of root: see moved_home.hpp.
std::string user_lines(const Installation& found, const Folders& folders) {
  if (!found.moved_home) return {};
  const MovedHome& moved = *found.moved_home;
  std::string text =
      base::concat({"# It ran as root, with what is copied in ", moved.place, ".\nUser=", moved.user,
                    "\nGroup=\n", environment_line("HOME", moved.home)});
  // "~" in the unit would be the real home of the user.
  if (found.definition.working_directory == moved.home) text += "WorkingDirectory=" + moved.home + "\n";
  text += base::concat({hide_homes(found), "BindPaths=", bind_of(found, moved.home), "\n"});
  for (const std::string& folder : hidden_node(found, folders.writable))
    text += "BindReadOnlyPaths=" + folder + "\n";
  // After a reboot, /tmp/openclaw may still belong to root.
  text += base::concat({"ReadWritePaths=", moved.home, "\nPrivateTmp=yes\nNoNewPrivileges=yes\n",
                        "CapabilityBoundingSet=\nAmbientCapabilities=\n"});
  if (port_of(found) < first_free_port) {
    text += "CapabilityBoundingSet=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n";
  }
  return text;
}

// Only this home is visible, read-only: see moved_unit.hpp.
std::string view_of_home(const MovedUnit& moved) {
  return base::concat({"ProtectHome=tmpfs\nBindReadOnlyPaths=", moved.home, "\n"});
}

// Settings in [Unit] that the shipped unit needs for a gateway that was a user unit.
std::string moved_unit_lines(const Installation& found, const AdoptionPlaces& places) {
  if (!found.moved_unit) return {};
  const MovedUnit& moved = *found.moved_unit;
  const std::string uid = std::to_string(moved.uid);
  return base::concat({"# Either this unit or ", moved.user, "'s own ", moved.unit,
                       ": a mark says which one may start.\nRequires=openclaw-user-unit-stop@", uid,
                       ".service\nAfter=openclaw-user-unit-stop@", uid, ".service openclaw-user-unit-start@",
                       uid, ".service\nConflicts=openclaw-user-unit-start@", uid,
                       ".service\nAssertPathExists=\nAssertPathExists=", places.current,
                       "/dist/index.js\nAssertPathExists=", places.marks.moved, "/", moved.mark(), "\n"});
}

// The same for [Service].
std::string moved_user_lines(const Installation& found, const AdoptionPlaces& places,
                             const Folders& folders) {
  if (!found.moved_unit) return {};
  const MovedUnit& moved = *found.moved_unit;
  const auto& definition = found.definition;
  const std::string name = places.gateway.empty() ? "" : "-" + places.gateway;
  std::string text =
      base::concat({"User=", moved.user, "\nGroup=\nStateDirectory=\nStateDirectory=",
                    definition.state_directories.front(), "\nCacheDirectory=\nCacheDirectory=openclaw", name,
                    "\nWorkingDirectory=", definition.working_directory, "\n"});
  for (const auto& [key, value] : folders.environment) text += environment_line(key, value);
  text += base::concat({"Environment=NODE_COMPILE_CACHE=%C/openclaw", name, "/compile-cache\n"});
  if (!folders.environment.contains("OPENCLAW_BUNDLED_PLUGINS_DIR")) {
    text += environment_line("OPENCLAW_BUNDLED_PLUGINS_DIR", folders.state + "/plugin-view/dist/extensions");
  }
  text += "EnvironmentFile=\n";
  for (const auto& file : definition.environment_files) {
    text += base::concat({"EnvironmentFile=", file.optional ? "-" : "", file.path, "\n"});
  }
  text += view_of_home(moved);
  for (const std::string& folder : folders.writable) {
    if (folder != folders.state) text += "ReadWritePaths=" + folder + "\n";
  }
  for (const std::string_view folder : {"/.cache", "/.npm"}) {
    text += base::concat({"ReadWritePaths=-", moved.home, folder, "\n"});
  }
  for (const std::string& path : moved.writable) text += "ReadWritePaths=-" + path + "\n";
  return text;
}

// The releases may be on a file system that is mounted late (nofail, _netdev). A user's service manager
// begins after these.
std::string mount_line(const Installation& found, const AdoptionPlaces& places) {
  return found.is_own ? std::string() : base::concat({"RequiresMountsFor=", places.updater, "\n"});
}

TextFile gateway_drop_in(const Installation& found, const AdoptionPlaces& places, const Folders& folders,
                         const std::string& prefix, const std::vector<std::string>& command) {
  // An update that was interrupted by a shutdown is reverted before the gateway starts, and completed
  // afterwards.
  std::string text =
      base::concat({"\n[Unit]\nAfter=", unit_of_gateway("openclaw-update-recover", ".service", places),
                    "\nBefore=", unit_of_gateway("openclaw-update-resume", ".service", places), "\n",
                    mount_line(found, places), moved_unit_lines(found, places),
                    "\n[Service]\nExecStart=\nExecStart=", prefix});
  for (std::size_t i = 0; i < command.size(); ++i) text += (i == 0 ? "" : " ") + quoted_for_unit(command[i]);
  text += "\n";
  text += user_lines(found, folders);
  text += moved_user_lines(found, places, folders);
  std::string more;
  for (const Assignment& row : lifecycle) {
    const bool set =
        has(found.definition.environment_keys, row.key) || has(found.environment_file_keys, row.key);
    if (!set) more += environment_line(row.key, row.value);
  }
  if (!more.empty()) {
    text +=
        "# Starting, stopping and updating are the service manager's: OpenClaw does neither by itself.\n" +
        more;
  }
  text += gateway_lines(places);
  if (found.is_own) text += base::concat({"Environment=", config::scope_variable, "=user\n"});
  return drop_in(places, found.unit, text);
}

std::string access_lines(const Worker& worker, const Installation& found, const Folders& folders) {
  std::string bound;
  std::string text;
  // A user's service manager creates a user namespace for every unit with restricted paths (systemd 257; 252
  // ignores the line), and a process in a user namespace cannot examine processes outside of it.
  if (found.is_own && worker.sees_the_gateway) return text;
  if (found.moved_unit || found.is_own) {
    if (found.moved_unit) text = view_of_home(*found.moved_unit);
    for (const std::string& folder : folders.writable) {
      if (worker.writes) text += "ReadWritePaths=" + folder + "\n";
    }
    return text;
  }
  for (const std::string& folder : folders.writable) {
    const std::string bind = bind_of(found, folder);
    if (is_hidden_by_protect_home(folder) || bind != folder) {
      bound += base::concat({worker.writes ? "BindPaths=" : "BindReadOnlyPaths=", bind, "\n"});
    }
    if (worker.writes) text += "ReadWritePaths=" + folder + "\n";
  }
  for (const std::string& folder : hidden_node(found, folders.writable))
    bound += "BindReadOnlyPaths=" + folder + "\n";
  return bound.empty() ? text : hide_homes(found) + bound + text;
}

TextFile worker_drop_in(const Worker& worker, const Installation& found, const AdoptionPlaces& places,
                        const Folders& folders) {
  const auto& definition = found.definition;
  std::string text = "# As " + found.unit + " has it: the same user, and the same OpenClaw.\n\n[Service]\n";
  // A user's service manager cannot change the user.
  if (!found.is_own) text += "User=" + definition.user + "\nGroup=" + definition.group + "\n";
  if (worker.has_folders) text += "StateDirectory=\nWorkingDirectory=" + folders.state + "\n";
  for (const auto& [key, value] : folders.environment) text += environment_line(key, value);
  if (worker.names_the_unit) text += environment_line("OPENCLAW_SYSTEMD_UNIT", found.unit);
  if (worker.has_plugin_view && !folders.environment.contains("OPENCLAW_BUNDLED_PLUGINS_DIR")) {
    text += "UnsetEnvironment=OPENCLAW_BUNDLED_PLUGINS_DIR\n";
  }
  text += "EnvironmentFile=\n";
  for (const auto& file : definition.environment_files) {
    text +=
        std::string("EnvironmentFile=") + (file.optional ? "-" : "") + without_specifiers(file.path) + "\n";
  }
  text += access_lines(worker, found, folders);
  text += worker_lines(places);
  return drop_in(places, worker_template(worker.name, places), text);
}

TextFile settings_file(const Installation& found, const AdoptionPlaces& places, const Folders& folders) {
  std::string text =
      base::concat({heading, "[gateway]\nunit = ", found.unit, "\nport = ", std::to_string(port_of(found)),
                    "\nstate-directory = ", folders.state, "\npackage-root = ", places.current, "\n"});
  if (is_plain_path(found.launch.node)) text += "node = " + found.launch.node + "\n";
  return {places.settings + "/50-adopted.ini", text};
}

// Information about problems that only an operator can solve.
std::vector<std::string> notes_of(const Installation& found, const AdoptionPlaces& places) {
  std::vector<std::string> notes;
  std::vector<std::string> unread;
  for (const std::string& key : found.definition.environment_keys) {
    if (found.definition.locations.contains(key) || key == "PATH" || has(unread, key)) continue;
    if (speaks_of_a_secret(key)) continue;
    if (found.moved_unit && found.moved_unit->environment.contains(key)) continue;
    // Each worker has a private /tmp.
    if (found.is_own && (found.carried.contains(key) || key == "TMPDIR")) continue;
    if (std::ranges::find(lifecycle, key, &Assignment::key) == lifecycle.end()) unread.push_back(key);
  }
  if (!unread.empty()) {
    notes.push_back(
        base::concat({"the workers of an update do not have ", base::join(unread, ", "),
                      ", since values of Environment= are not read; put those that OpenClaw needs ",
                      "into an EnvironmentFile= of ", found.unit, " (adopt --undo, then adopt again)"}));
  }
  if (std::string note = note_of_inline_secrets(found, places); !note.empty()) {
    notes.push_back(std::move(note));
  }
  if (std::string note = environment_in_front(found); !note.empty()) notes.push_back(std::move(note));
  if (found.sockets.empty() && !arguments_of(found).port) {
    notes.push_back(base::concat({found.unit, " is expected on port ", std::to_string(port_of(found)),
                                  ": its command has no readable --port, and it does not run; once ",
                                  "it runs, the port on which it listens is found"}));
  }
  for (std::string note :
       {note_of_running_other(found), note_of_fleeting_node(found), note_of_lost_environment(found)}) {
    if (!note.empty()) notes.push_back(std::move(note));
  }
  if (found.launch.node.empty()) {
    notes.push_back(
        base::concat({"which Node ", found.unit, " runs could not be determined: set node= in [gateway] ",
                      "of a file in /etc/openclaw/helpers.ini.d that sorts after 50-adopted.ini"}));
  }
  if (const auto hidden = hidden_node(found, {}); !hidden.empty()) {
    constexpr std::string_view remedy =
        ", and an update needs it: start the gateway with a Node that all users can run, and adopt it "
        "then, or make it visible with a drop-in of both units with [Service], ProtectHome=tmpfs and "
        "BindReadOnlyPaths=";
    notes.push_back(base::concat({"openclaw-fetch@.service and openclaw-finish@.service do not see ",
                                  found.launch.node, remedy, base::join(hidden, " ")}));
  }
  return notes;
}

}  // namespace

bool starts_another(const bus::ServiceDefinition& definition, const std::string& current) {
  constexpr std::array<std::string_view, 4> entries{"/openclaw.mjs", "/dist/index.js", "/dist/entry.js",
                                                    "/bin/openclaw"};
  const std::string ours = resolved(current);
  const auto is_ours = [&](const std::string& path) {
    return is_beneath(current, path) || is_beneath(ours, resolved(path));
  };
  const bool named = std::ranges::any_of(definition.exec_start, [&](const std::string& path) {
    return path.starts_with('/') && !is_ours(path) &&
           std::ranges::any_of(entries, [&](std::string_view entry) { return path.ends_with(entry); });
  });
  if (named) return true;
  const auto set = definition.locations.find("HOME");
  const std::string home = set == definition.locations.end() ? "" : set->second;
  const auto launch = openclaw::find_launch(
      openclaw::read_launch_command(definition.exec_start),
      {definition.path, home, definition.working_directory == "~" ? home : definition.working_directory});
  return launch && !is_ours(launch->package_root);
}

bool is_plain_path(std::string_view path) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@~";
  return config::parse_folder(path) && path.find_first_not_of(allowed) == std::string_view::npos;
}

std::string quoted_for_unit(std::string_view text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@:=,~$%{}";
  constexpr std::string_view hex = "0123456789abcdef";
  std::string quoted;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      quoted += {'\\', 'x', hex[byte >> 4U], hex[byte & 0xfU]};
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted.append(c == '%' ? 2 : 1, c);
  }
  const bool is_plain = !text.empty() && text.find_first_not_of(plain) == std::string_view::npos;
  return is_plain ? quoted : base::concat({"\"", quoted, "\""});
}

namespace {

bool is_in_place(const std::string& path) {
  struct stat status = {};
  return ::lstat(path.c_str(), &status) == 0;
}

// Files in addition to those of every adoption: they disable the user unit, and enable the system unit.
std::vector<TextFile> files_of_moved_unit(const Installation& found, const AdoptionPlaces& places) {
  std::vector<TextFile> files;
  if (!found.moved_unit) return files;
  const MovedUnit& moved = *found.moved_unit;
  files.push_back({base::concat({places.user_units, "/", moved.unit, ".d/50-openclaw-update-",
                                 std::to_string(moved.uid), ".conf"}),
                   base::concat({heading, "# Where ", places.marks.moved,
                                 " has a mark, the gateway is a system unit: systemctl status ", found.unit,
                                 ".\n\n[Unit]\nAssertPathExists=!", places.marks.moved, "/%U-%n\n"}),
                   ""});
  std::string shipped = base::concat({places.shipped, "/openclaw-gateway.service"});
  if (!places.gateway.empty()) {
    const std::string own = base::concat({places.units, "/", found.unit});
    files.push_back({own, "", base::concat({places.templates, "/openclaw-gateway.service"})});
    shipped = own;
  }
  const std::string wanted = base::concat({places.units, "/multi-user.target.wants/", found.unit});
  if (!is_in_place(wanted)) files.push_back({wanted, "", shipped});
  return files;
}

// If the end of the user's service manager interrupts an update, the update is completed at the next start of
// the manager. If Node is in the home, workers without access to the home see only that Node.
std::vector<TextFile> files_of_own_unit(const Installation& found, const AdoptionPlaces& places) {
  std::vector<TextFile> files;
  if (!found.is_own) return files;
  const std::vector<std::string_view> ending =
      places.gateway.empty()
          ? std::vector<std::string_view>{"openclaw-update-recover.service", "openclaw-update-resume.service"}
          : std::vector<std::string_view>{};  // those of the unit's name
  for (const std::string_view unit : ending) {
    const std::string wanted = base::concat({places.units, "/default.target.wants/", unit});
    if (!is_in_place(wanted)) files.push_back({wanted, "", base::concat({places.shipped, "/", unit})});
  }
  const auto home = found.definition.locations.find("HOME");
  const auto is_in_home = [&](const std::string& path) {
    return is_beneath(found.account_home, path) ||
           (home != found.definition.locations.end() && is_beneath(home->second, path));
  };
  std::string seen;
  for (const std::string& path : {found.launch.node, found.resolved_node}) {
    if (!is_in_home(path) || !is_plain_path(path)) continue;
    const std::string line = base::concat({"BindReadOnlyPaths=-", folder_of(folder_of(path)), "\n"});
    if (seen.find(line) == std::string::npos) seen += line;
  }
  if (seen.empty()) return files;
  for (const std::string_view unit : {"openclaw-fetch@.service", "openclaw-finish@.service"})
    files.push_back(
        drop_in(places, unit, base::concat({"# The Node of ", found.unit, ".\n\n[Service]\n", seen})));
  return files;
}

}  // namespace

Result<AdoptionPlan> plan_adoption(const Installation& found, const AdoptionPlaces& places) {
  if (auto fits = require_adoptable_unit(found); !fits) return base::pass(fits.error());
  if (auto serves = require_gateway_command(found, places); !serves) return base::pass(serves.error());
  const auto command = command_from_current(found, places);
  if (!command) return base::pass(command.error());
  const auto prefix = command_prefix(found);
  if (!prefix) return base::pass(prefix.error());
  const auto folders = folders_of(found, places);
  if (!folders) return base::pass(folders.error());
  AdoptionPlan plan{
      .files = {}, .command = *command, .state_directory = folders->state, .notes = notes_of(found, places)};
  // The file for the gateway's unit is last: when that unit changes, everything that an update needs exists.
  plan.files.push_back(settings_file(found, places, *folders));
  for (const Worker& worker : workers) plan.files.push_back(worker_drop_in(worker, found, places, *folders));
  for (TextFile& file : files_of_named_gateway(found, places, worker_programs()))
    plan.files.push_back(std::move(file));
  plan.files.push_back(drop_in(places, unit_of_gateway("openclaw-update-request", ".path", places),
                               "\n[Path]\nPathExists=\nPathExists=" + folders->state + "/update-request\n"));
  for (TextFile& file : files_of_moved_unit(found, places)) plan.files.push_back(std::move(file));
  for (TextFile& file : files_of_own_unit(found, places)) plan.files.push_back(std::move(file));
  plan.files.push_back(gateway_drop_in(found, places, *folders, *prefix, *command));
  return plan;
}

}  // namespace update
