// SPDX-License-Identifier: MIT
#include "update/adoption/user_unit.hpp"

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "contract/tasks.hpp"
#include "fs/file.hpp"
#include "systemd/environment_file.hpp"
#include "update/adoption/command.hpp"
#include "update/adoption/lost_environment.hpp"
#include "update/adoption/obstacles.hpp"
#include "update/adoption/refusal.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using contract::UserUnitFound;
using Words = std::vector<std::string>;

// PATH has more than 512 bytes on some hosts.
constexpr contract::Reading of_user_unit{.is_strict = false,
                                         .whose = "",
                                         .texts = contract::Reading::Texts::printable,
                                         .longest_text = 8192,
                                         .most_entries = 1000};
constexpr std::size_t secrets_limit = std::size_t{1024} * 1024;

bool has_word(const Words& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

// The answer comes from the user, so a name could contain anything, and it is used in units and in commands
// for root's shell.
bool is_name_of_variable(std::string_view text) {
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

// A command for an operator; --machine= reaches the user's manager by a login of its own.
std::string command_of_user(const Account& account, std::string_view command) {
  return base::concat({"systemctl --user --machine=", account.name, "@ ", command});
}

// --- the unit

Result<void> require_running(const UserUnitFound& seen, const Account& account, const std::string& unit) {
  const std::string its = base::concat({"the user unit ", unit, " of ", account.name});
  if (seen.load_state == "not-found") {
    constexpr std::string_view shows =
        "@ list-units 'openclaw*' lists the units, and --profile selects that of a profile";
    return base::fail(ErrorKind::not_found,
                      base::concat({account.name, " has no user unit ", unit,
                                    "; systemctl --user --machine=", account.name, shows}));
  }
  if (seen.load_state != "loaded") {
    return refuse(
        {its, " is ", seen.load_state, "; ", command_of_user(account, "status "), unit, " has the reason"});
  }
  if (seen.need_reload) {
    return refuse({its, " has changed on disk since it was read; ", command_of_user(account, "daemon-reload"),
                   ", then repeat the command"});
  }
  if (seen.active_state != "active" || seen.main_pid <= 0) {
    return refuse({its, " does not run (", seen.active_state, ", ", seen.sub_state,
                   "), and its settings can be read only while it runs; ", command_of_user(account, "start "),
                   unit, ", then repeat the command"});
  }
  // It becomes a line of a unit of root's systemd, where a "+" in front of it would grant all privileges of
  // root.
  if (seen.exec_start.empty() || !seen.exec_start.front().starts_with('/')) {
    return refuse({its, " does not start a program with an absolute path; change its ExecStart=, ",
                   command_of_user(account, "daemon-reload"), ", then repeat the command"});
  }
  // Whatever the user reports: the user's manager can start units only in this group.
  const std::string uid = std::to_string(account.user);
  const std::string group = base::concat({"/user.slice/user-", uid, ".slice/user@", uid, ".service"});
  if (is_beneath(group, seen.control_group)) return {};
  return refuse({its, " is reported to run in ", seen.control_group, ", which is not a control group of ",
                 account.name, "; it is not moved"});
}

// A user who can replace a folder of this path by a link would determine what systemd binds into the unit.
Result<void> require_fixed_home(const std::string& home) {
  if (!is_plain_path(home)) return refuse({"\"", home, "\" cannot be the home of a gateway's user"});
  struct stat itself = {}, above = {};
  const std::string folder = home.substr(0, home.rfind('/'));
  if (::lstat(home.c_str(), &itself) != 0 || !S_ISDIR(itself.st_mode)) {
    return refuse({home, " is a link, or does not exist; set the folder itself with usermod --home"});
  }
  constexpr mode_t others = 022;
  const char* const outer = folder.empty() ? "/" : folder.c_str();
  if (::stat(outer, &above) == 0 && above.st_uid == 0 && (above.st_mode & others) == 0) return {};
  return refuse({outer, ", in which ", home,
                 " is, is writable for users other than root, who could replace it by a link; to correct ",
                 "this, chown root: ", outer, " and chmod go-w ", outer});
}

// --- its environment

// Variables that the system unit sets, or that belong to the user's session.
bool is_carried_over(const std::string& name, const std::string& value) {
  constexpr std::array<std::string_view, 9> others{
      "HOME",    "TMPDIR", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "XAUTHORITY", "USER",
      "LOGNAME", "SHELL"};
  return !value.empty() && std::ranges::find(others, name) == others.end();
}

void take_value(const contract::NamedValue& row, Installation& found, MovedUnit& moved) {
  auto& definition = found.definition;
  const auto& [name, value] = row;
  if (!is_name_of_variable(name)) return;
  const bool is_location = std::ranges::find(bus::location_variables, name) != bus::location_variables.end();
  if (is_location) definition.locations[name] = value;
  if (name == "PATH") definition.path = value;
  if (!is_carried_over(name, value)) return;
  if (!is_location) moved.environment[name] = value;
  definition.environment_keys.push_back(name);
}

// Of the variables that the user's service manager sets for all units, the gateway gets those that it reads
// itself.
void take_environment(const UserUnitFound& seen, Installation& found, MovedUnit& moved, Words& notes) {
  auto& definition = found.definition;
  definition.locations["HOME"] = moved.home;
  for (const auto& row : seen.environment) take_value(row, found, moved);
  Words left;
  for (const auto& row : seen.inherited) {
    if (is_set_for_everything(row.name) || !is_name_of_variable(row.name)) continue;
    if (row.name == "PATH" || is_needed_by_gateway(row.name)) {
      take_value(row, found, moved);
    } else {
      left.push_back(row.name);
    }
  }
  if (!left.empty()) {
    notes.push_back(base::concat({moved.user, "'s service manager gives the gateway ", base::join(left, ", "),
                                  ", and the system unit does not; put those that it or its tools need ",
                                  "into Environment= of a drop-in"}));
  }
  // Set by the shipped unit.
  for (const char* const name :
       {"HOME", "OPENCLAW_SUPERVISOR_MODE", "OPENCLAW_SERVICE_REPAIR_POLICY", "OPENCLAW_NO_AUTO_UPDATE"}) {
    if (!has_word(definition.environment_keys, name)) definition.environment_keys.emplace_back(name);
  }
}

std::string secrets_file(const AdoptionPlaces& places) {
  return base::concat(
      {places.secrets, "/gateway", places.gateway.empty() ? "" : "-", places.gateway, ".env"});
}

// Reads as the user, so links lead no further than the user's access, and writes as root.
std::string command_to_add(const Account& account, const std::string& reader, const std::string& to) {
  return base::concat({"runuser -u ", account.name, " -- ", reader, " >>", to});
}

// In the format of EnvironmentFile=: in double quotes, in which four characters are escaped.
std::string reader_of_process(std::int64_t pid, const Words& names) {
  return base::concat({R"(sed -zEn 's/["\\$`]/\\&/g;s/^()", base::join(names, "|"),
                       R"()=(.*)$/\1="\2"\n/p' /proc/)", std::to_string(pid), R"(/environ | tr -d '\0')"});
}

// systemd reads an EnvironmentFile= as root and follows links: if the user could change the path, the gateway
// would get anything that root can read. OpenClaw itself reads <state>/.env as that user.
Result<void> require_safe_secrets(const UserUnitFound& seen, const Account& account, const Words& known,
                                  const AdoptionPlaces& places) {
  const std::string to = secrets_file(places);
  const auto is_missing = [&](const std::string& name) {
    return is_name_of_variable(name) && !has_word(known, name) && !has_word(seen.own_keys, name);
  };
  Words names;
  Words commands{base::concat({"touch ", to}), base::concat({"chmod 0600 ", to})};
  for (const auto& file : seen.environment_files) {
    if (std::ranges::none_of(file.keys, is_missing)) continue;
    std::ranges::copy_if(file.keys, std::back_inserter(names), is_missing);
    if (is_plain_path(file.path)) commands.push_back(command_to_add(account, "cat " + file.path, to));
  }
  Words of_process;
  std::ranges::copy_if(seen.secrets, std::back_inserter(of_process), is_missing);
  if (!of_process.empty()) {
    names.insert(names.end(), of_process.begin(), of_process.end());
    commands.push_back(command_to_add(account, reader_of_process(seen.main_pid, of_process), to));
  }
  if (names.empty()) return {};
  constexpr std::string_view why =
      ", which only root can write: systemd reads it as root, and a file that the user can write could be a "
      "link to "
      "any file";
  return refuse({base::join(names, ", "), names.size() == 1 ? " is" : " are", " given to the gateway by ",
                 account.name, "'s unit or service manager; the system unit reads it from ", to, why,
                 ". As root: ", base::join(commands, " && "), "; then repeat the command"});
}

// --- notes

void note_paths(const UserUnitFound& seen, const UserUnitOrder& order, MovedUnit& moved, Words& notes) {
  for (const std::string& path : seen.paths) {
    if (is_beneath(seen.state, path) || has_word(moved.writable, path)) continue;
    const std::string line = base::concat({"ReadWritePaths=-", path});
    if (is_hidden_by_protect_home(path) && !is_beneath(moved.home, path)) {
      notes.push_back(
          base::concat({path, ", which the config names, is no longer visible to the gateway: it ",
                        "sees no home directory except ", moved.home, "; move it there, or to /srv"}));
    } else if (order.strict || !is_plain_path(path) || path == moved.home) {
      notes.push_back(base::concat({path, ", which the config names, is read-only for the gateway; ", line,
                                    " allows it to write there"}));
    } else {
      moved.writable.push_back(path);
      notes.push_back(base::concat(
          {path, ", which the config names, is made writable with ", line, "; --strict omits this"}));
    }
  }
  for (const std::string& path : seen.unknown_paths) {
    notes.push_back(
        base::concat({"which folder the config means by ", path, " is not known; if it is outside of ",
                      seen.state, ", the gateway can only write there with ReadWritePaths="}));
  }
  if (!seen.config_fault.empty()) {
    notes.push_back(base::concat({"which folders the config names is not known (", seen.config_fault, ")"}));
  }
}

void note_session(const UserUnitFound& seen, const MovedUnit& moved, Words& notes) {
  const std::string uid = std::to_string(moved.uid);
  notes.push_back(
      base::concat({"the gateway can no longer access ", moved.user, "'s session (/run/user/", uid,
                    "): no systemctl --user, keyring, or program on ", moved.user, "'s display"}));
  constexpr std::string_view alone =
      ", .cache and .npm; other places to which its agents write need ReadWritePaths=, and "
      "InaccessiblePaths=-";
  notes.push_back(base::concat({"in ", moved.home, ", the gateway can write only to ", seen.state, alone,
                                moved.home, "/.ssh hides keys from it"}));
  if (seen.of_sandbox) {
    notes.push_back(
        base::concat({"agents work in containers (sandbox.mode of the config); they do so as long as ",
                      moved.user, " is in the group docker"}));
  }
  if (seen.other_settings.empty()) return;
  Words keys;
  for (const std::string& key : seen.other_settings) keys.push_back(key + "=");
  notes.push_back(base::concat({"settings of the user unit that are not copied: ", base::join(keys, ", "),
                                "; put those that are still needed into a drop-in of the system unit"}));
}

}  // namespace

std::string user_unit_of_profile(const std::string& profile) {
  return base::concat({"openclaw-gateway", profile.empty() ? "" : "-", profile, ".service"});
}

std::string system_unit_of(const AdoptionPlaces& places) {
  return user_unit_of_profile(places.gateway);
}

Result<UserUnitFound> ask_for_user_unit(Workers& workers, const Account& account, const std::string& unit) {
  const contract::UserUnitRequest request{"look", unit};
  const auto answer =
      workers.run({contract::tasks::user_unit, std::to_string(account.user)}, contract::to_json(request), {});
  if (answer) return contract::read_strictly<UserUnitFound>(*answer, of_user_unit);
  if (answer.error().kind != ErrorKind::not_found) return base::pass(answer.error());
  return refuse(
      {"no service manager of ", account.name, " runs (", answer.error().message,
       "), which runs only while the user is logged in, or permanently after loginctl enable-linger ",
       account.name, "; run this, ensure that the gateway runs, then repeat the command"});
}

Result<UserUnitPlan> plan_user_unit(const UserUnitFound& seen, const Account& account,
                                    const UserUnitOrder& order, const Words& known_secrets,
                                    const AdoptionPlaces& places) {
  if (auto runs = require_running(seen, account, order.unit); !runs) return base::pass(runs.error());
  if (auto secrets = require_safe_secrets(seen, account, known_secrets, places); !secrets)
    return base::pass(secrets.error());
  UserUnitPlan plan;
  Installation& found = plan.found;
  MovedUnit moved{account.name, static_cast<std::int64_t>(account.user), order.unit, account.home};
  found.unit = system_unit_of(places);
  found.account_home = account.home;
  found.status.load_state = "loaded";
  found.status.active_state = seen.active_state;
  found.status.main_pid = seen.main_pid;
  found.status.control_group = seen.control_group;
  found.status.fragment_path = base::concat({places.shipped, "/openclaw-gateway.service"});
  auto& definition = found.definition;
  definition.user = account.name;
  definition.working_directory =
      is_plain_path(seen.working_directory) ? seen.working_directory : account.home;
  definition.state_directories = {base::concat({"openclaw-user-", account.name})};
  definition.exec_start = seen.exec_start;
  definition.search_path = seen.search_path;
  definition.type = "exec";
  definition.environment_files = {{secrets_file(places), true}};
  take_environment(seen, found, moved, plan.notes);
  note_paths(seen, order, moved, plan.notes);
  note_session(seen, moved, plan.notes);
  found.moved_unit = std::move(moved);
  return plan;
}

Result<UserUnitPlan> survey_user_unit(bus::ServiceManager& manager, Workers& workers, Accounts& accounts,
                                      const UserUnitOrder& order, const AdoptionPlaces& places) {
  const auto account = accounts.find(order.user);
  if (!account) return base::pass(account.error());
  if (!*account) return base::fail(ErrorKind::not_found, "there is no user " + order.user);
  if ((*account)->user == 0) {
    return refuse(
        {"a gateway is not moved to a system unit that runs as root; openclaw-update adopt --to-user ",
         "changes a gateway of root to run as a user"});
  }
  if (auto fixed = require_fixed_home((*account)->home); !fixed) return base::pass(fixed.error());
  const std::string unit = system_unit_of(places);
  const auto present = manager.status(unit);
  if (!present) return base::pass(present.error());
  const bool runs = present->active_state != "inactive" && present->active_state != "failed" &&
                    !present->active_state.empty();
  if (runs || !present->drop_in_paths.empty()) {
    return refuse({"there is a gateway in ", unit, " of the system already (",
                   runs ? "it runs" : present->drop_in_paths.front(),
                   "); give another gateway of this host a name with --gateway NAME"});
  }
  const auto seen = ask_for_user_unit(workers, **account, order.unit);
  if (!seen) return base::pass(seen.error());
  Words known;
  if (const auto text = fs::read_trusted_file(secrets_file(places), secrets_limit)) {
    known = systemd::environment_file_keys(*text);
  }
  return plan_user_unit(*seen, **account, order, known, places);
}

}  // namespace update
