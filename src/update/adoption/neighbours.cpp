// SPDX-License-Identifier: MIT
#include "update/adoption/neighbours.hpp"

#include <fcntl.h>
#include <pwd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>

#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/stamp.hpp"
#include "openclaw/launch_command.hpp"
#include "openclaw/own_update.hpp"
#include "openclaw/running_package.hpp"
#include "update/adoption/main_process.hpp"

namespace update {
namespace {

using base::Result;
using openclaw::OwnUpdate;

std::string name_of_user(unsigned uid) {
  std::array<char, 16384> buffer{};
  struct passwd entry = {};
  struct passwd* account = nullptr;
  static_cast<void>(::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &account));
  return account == nullptr ? std::to_string(uid) : std::string(account->pw_name);
}

std::string shown(const OwnUpdate& update) {
  return base::concat({"process ", std::to_string(update.pid), " of user ", name_of_user(update.user), " (",
                       update.what, ")"});
}

std::vector<std::int64_t> processes_of_host(const std::string& proc) {
  const auto folder = fs::open_directory(proc);
  return folder ? all_processes(folder->get()) : std::vector<std::int64_t>();
}

// "claw.service"; "the unit claw.service of user 1000" for a user unit; empty: a session, a container, the
// manager itself.
std::string unit_of_group(std::string_view group) {
  constexpr std::string_view service = ".service", manager = "user@";
  std::string unit;
  std::string of_user;
  for (const std::string& part : base::split(group, '/')) {
    if (!part.ends_with(service)) continue;
    if (part.starts_with(manager)) {
      of_user = part.substr(manager.size(), part.size() - manager.size() - service.size());
      unit.clear();
    } else {
      unit = part;
    }
  }
  if (unit.empty() || of_user.empty()) return unit;
  unsigned uid = 0;
  const auto read = std::from_chars(of_user.data(), of_user.data() + of_user.size(), uid);
  return base::concat({"the unit ", unit, " of user ", read.ec == std::errc() ? name_of_user(uid) : of_user});
}

// For a process that serves: from its title, or from the path of its script.
std::string package_that_runs(int process_fd) {
  std::string root = openclaw::package_of_process(process_fd);
  if (!root.empty()) return root;
  const auto words = openclaw::arguments_of_process(process_fd);
  const bool has_title = words.size() == 1 && words.front().starts_with("openclaw");
  return has_title ? openclaw::package_by_name(process_fd) : "";
}

bool is_of_group(const std::vector<std::string>& groups, const std::string& group) {
  return group.size() > 1 && std::ranges::any_of(groups, [&](const std::string& each) {
           return each == group || each.starts_with(group + "/");
         });
}

// For each unit, its process with the lowest PID.
std::map<std::string, std::int64_t> units_that_run(const Installation& found, const std::string& proc) {
  std::map<std::string, std::int64_t> units;
  std::vector<std::int64_t> processes = processes_of_host(proc);
  std::ranges::sort(processes);
  for (const std::int64_t pid : processes) {
    const auto process = fs::open_directory(base::concat({proc, "/", std::to_string(pid)}));
    if (!process || !openclaw::is_node_name(openclaw::link_of_process(process->get(), "exe"))) continue;
    const auto groups = control_groups_of(process->get());
    if (is_of_group(groups, found.status.control_group)) continue;
    if (package_that_runs(process->get()) != found.package_root) continue;
    if (!openclaw::is_seen_by_process(process->get(), found.package_root)) continue;
    for (const std::string& group : groups) {
      if (std::string unit = unit_of_group(group); !unit.empty()) units.try_emplace(std::move(unit), pid);
    }
  }
  return units;
}

}  // namespace

Result<void> require_package_at_rest(const std::string& package_root, const std::string& proc) {
  for (const OwnUpdate& update : openclaw::find_own_updates(processes_of_host(proc), proc)) {
    if (!openclaw::replaces(update, package_root)) continue;
    return base::fail(base::ErrorKind::busy,
                      base::concat({package_root, " is being replaced by ", shown(update),
                                    "; wait until it has ended, then adopt again"}));
  }
  return {};
}

std::vector<std::string> notes_of_neighbours(const Installation& found, const std::string& proc) {
  std::vector<std::string> notes;
  for (const OwnUpdate& update : openclaw::find_own_updates(processes_of_host(proc), proc)) {
    if (!update.package.empty() || update.is_elsewhere) continue;
    constexpr std::string_view which =
        " updates an OpenClaw, and it cannot be determined which one; if it is ";
    notes.push_back(base::concat(
        {shown(update), which, found.package_root, ", wait until it has ended, and then adopt"}));
  }
  for (const auto& [unit, pid] : units_that_run(found, proc)) {
    constexpr std::string_view goes_on =
        ", too, and continues to use it: this adoption neither changes nor updates that package, and changes "
        "by OpenClaw's own "
        "updater to it do not affect a release";
    notes.push_back(
        base::concat({unit, " (process ", std::to_string(pid), ") runs ", found.package_root, goes_on}));
  }
  return notes;
}

std::string stamp_of_package(const std::string& package_root) {
  std::string stamp;
  for (const char* path : {"", "/package.json", "/dist", "/node_modules"}) {
    stamp += fs::stamp(AT_FDCWD, package_root + path) + "\n";
  }
  return stamp;
}

}  // namespace update
