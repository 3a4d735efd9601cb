// SPDX-License-Identifier: MIT
#include "update/adoption/survey.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <optional>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "openclaw/own_update.hpp"
#include "openclaw/package.hpp"
#include "systemd/environment_file.hpp"
#include "update/adoption/lost_environment.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::size_t unit_file_limit = std::size_t{1024} * 1024;

std::optional<std::string> real_path(const std::string& path) {
  std::array<char, PATH_MAX> buffer{};
  if (::realpath(path.c_str(), buffer.data()) == nullptr) return std::nullopt;
  return std::string(buffer.data());
}

std::optional<std::string> find_program(const std::string& name, std::vector<std::string> folders) {
  if (folders.empty()) folders = base::split(openclaw::default_search_path, ':');
  for (const std::string& folder : folders) {
    const std::string path = base::concat({folder, "/", name});
    if (::access(path.c_str(), X_OK) == 0) return real_path(path);
  }
  return std::nullopt;
}

// A script with a relative path in the unit's working directory; any other word is not a file name, even if
// such a file exists.
bool is_relative_script(const std::string& argument) {
  return !argument.starts_with('-') && (argument.ends_with(".js") || argument.ends_with(".mjs"));
}

std::string resolved(const std::string& argument, bool is_program, const bus::ServiceDefinition& definition) {
  std::optional<std::string> path;
  if (argument.starts_with('/')) {
    path = real_path(argument);
  } else if (is_program && argument.find('/') == std::string::npos) {
    path = find_program(argument, definition.search_path);
  } else if (is_relative_script(argument) && !definition.working_directory.empty()) {
    path = real_path(base::concat({definition.working_directory, "/", argument}));
  }
  return path.value_or(argument);
}

// From the words of the command, or from where they lead.
std::string find_package(Installation& found, const openclaw::LaunchSite& site) {
  for (const std::string& path : found.resolved_command) {
    if (!path.starts_with('/')) continue;
    if (std::string root = openclaw::package_around(path); !root.empty()) return root;
  }
  auto launch = openclaw::find_launch(found.command, site);
  if (launch) return launch->package_root;
  found.untold = std::move(launch.error());
  return {};
}

// systemd finds a command without a path in ExecSearchPath= or in its default path, not in the unit's PATH.
void understand_command(Installation& found) {
  const auto& definition = found.definition;
  std::vector<std::string> words = definition.exec_start;
  if (!words.empty() && words.front().find('/') == std::string::npos && !found.resolved_command.empty()) {
    words.front() = found.resolved_command.front();
  }
  found.command = openclaw::read_launch_command(words);
}

void find_launch(Installation& found, const openclaw::LaunchSite& site) {
  auto launch = openclaw::find_launch(found.command, site);
  found.followed = launch && launch->package_root == found.package_root;
  found.launch =
      found.followed ? std::move(*launch) : openclaw::launch_of(found.package_root, found.command, site);
  // A version manager with several versions selects one by its settings; the running process shows which one.
  if (found.launch.node.empty() && found.followed && found.running && !found.running->node_is_gone) {
    found.launch.node = found.running->node;
  }
  found.resolved_node = real_path(found.launch.node).value_or(found.launch.node);
}

Result<std::string> account_home(const std::string& user) {
  const bool is_number =
      !user.empty() && std::ranges::all_of(user, [](char c) { return c >= '0' && c <= '9'; });
  std::array<char, 16384> buffer{};
  struct passwd entry = {};
  struct passwd* account = nullptr;
  const int number = is_number ? ::getpwuid_r(static_cast<uid_t>(std::strtoul(user.c_str(), nullptr, 10)),
                                              &entry, buffer.data(), buffer.size(), &account)
                               : ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &account);
  if (account != nullptr) return std::string(account->pw_dir == nullptr ? "" : account->pw_dir);
  if (number != 0) return base::fail_errno(number, "cannot look up the user " + user);
  return base::fail(ErrorKind::not_found,
                    "there is no user " + user + ", which the unit names in User=; create the user first");
}

Result<void> read_unit_files(Installation& found) {
  std::vector<std::string> paths;
  if (!found.status.fragment_path.empty()) paths.push_back(found.status.fragment_path);
  paths.insert(paths.end(), found.status.drop_in_paths.begin(), found.status.drop_in_paths.end());
  for (const std::string& path : paths) {
    auto text = fs::read_trusted_file(path, unit_file_limit);
    if (!text) return base::pass(text.error());
    found.unit_files.push_back({path, std::move(*text)});
  }
  return {};
}

Result<void> read_environment_files(Installation& found) {
  for (const auto& file : found.definition.environment_files) {
    // A file that does not exist yet, or that a credential service provides later, has no names. In one that
    // the disk does not show, there may be variables that an adoption cannot take over.
    const auto text = fs::read_trusted_file(file.path, unit_file_limit);
    if (!text && !fs::is_answer(text.error()))
      return base::pass(text.error(),
                        base::concat({"reading EnvironmentFile=", file.path, " of ", found.unit}));
    if (!text) continue;
    for (std::string& key : systemd::environment_file_keys(*text))
      found.environment_file_keys.push_back(std::move(key));
  }
  return {};
}

Result<void> find_root(Installation& found, const std::string& wanted, const std::string& state_directory) {
  // The PATH of a profile or a version manager is visible only in a running process.
  const bool sets_path = found.command.by_login_shell || !found.command.selected_by.empty();
  const bool seen = sets_path && found.running && !found.running->path.empty();
  const openclaw::LaunchSite site{seen ? found.running->path : found.definition.path, found.account_home,
                                  found.definition.working_directory};
  if (wanted.empty()) {
    found.package_root = find_package(found, site);
    if (found.package_root.empty()) return {};
  } else {
    const auto package = openclaw::read_package(wanted);
    if (!package) return base::pass(package.error());
    found.package_root = package->root;
  }
  find_launch(found, site);
  found.is_checkout = ::access((found.package_root + "/.git").c_str(), F_OK) == 0;
  const std::string ours = real_path(state_directory).value_or(state_directory) + "/";
  if (!found.package_root.starts_with(ours)) return {};
  return base::fail(
      ErrorKind::refused,
      base::concat({found.unit, " runs ", found.package_root,
                    " already, which is a release of openclaw-update: there is nothing to adopt"}));
}

// A user's service manager reports values, too: the workers, which run as that user, get the variables that
// OpenClaw and Node read. Secrets are not copied to a second unit.
Result<void> make_own(bus::ServiceManager& manager, const std::string& own_user, Installation& found) {
  if (own_user.empty()) return {};
  found.is_own = true;
  found.definition.user = own_user;
  auto values = manager.environment(found.unit);
  if (!values) return base::pass(values.error());
  for (auto& [name, value] : *values) {
    const bool is_location =
        std::ranges::find(bus::location_variables, name) != bus::location_variables.end();
    const bool is_read = is_needed_by_gateway(name) || name == "PATH";
    if (is_read && !is_location && !speaks_of_a_secret(name))
      found.carried.insert_or_assign(name, std::move(value));
  }
  return {};
}

}  // namespace

Result<void> understand_installation(Installation& found, const std::string& package_root,
                                     const std::string& state_directory) {
  if (found.definition.working_directory == "~") found.definition.working_directory = found.account_home;
  for (std::size_t i = 0; i < found.definition.exec_start.size(); ++i) {
    found.resolved_command.push_back(resolved(found.definition.exec_start[i], i == 0, found.definition));
  }
  understand_command(found);
  return find_root(found, package_root, state_directory);
}

void observe_processes(Installation& found, const std::string& proc) {
  const std::string& group = found.status.control_group;
  found.sockets = systemd::listening_sockets_of(group).value_or(found.sockets);
  found.running = observe_main_process(found.status.main_pid, group, proc);
  found.own_update = openclaw::find_own_update(processes_in(group, proc), proc);
}

Result<Installation> survey_installation(bus::ServiceManager& manager, const std::string& unit,
                                         const std::string& package_root, const std::string& state_directory,
                                         const std::string& proc, const std::string& own_user) {
  Installation found;
  found.unit = unit;
  auto status = manager.status(unit);
  if (!status) return base::pass(status.error());
  found.status = std::move(*status);
  if (found.status.load_state != "loaded") return found;
  observe_processes(found, proc);
  auto definition = manager.definition(unit);
  if (!definition) return base::pass(definition.error());
  found.definition = std::move(*definition);
  if (auto own = make_own(manager, own_user, found); !own) return base::pass(own.error());
  if (auto read = read_unit_files(found); !read) return base::pass(read.error());
  if (auto read = read_environment_files(found); !read) return base::pass(read.error());
  auto home = account_home(found.definition.user.empty() ? "root" : found.definition.user);
  if (!home) return base::pass(home.error());
  found.account_home = std::move(*home);
  if (auto understood = understand_installation(found, package_root, state_directory); !understood) {
    return base::pass(understood.error());
  }
  return found;
}

}  // namespace update
