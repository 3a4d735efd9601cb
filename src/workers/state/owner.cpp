// SPDX-License-Identifier: MIT
#include "workers/state/owner.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "base/json.hpp"
#include "base/text.hpp"
#include "contract/results.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "openclaw/gateway_environment.hpp"
#include "openclaw/own_update.hpp"
#include "systemd/control_group.hpp"
#include "workers/probe/process.hpp"

namespace workers::state {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr std::size_t largest_lock = std::size_t{64} * 1024;
constexpr std::size_t most_locks = 100;

// The database that every gateway has open: since 2026.5 that of tasks, since 2026.6 one for everything.
constexpr std::array<std::string_view, 2> databases{"/state/openclaw.sqlite", "/tasks/runs.sqlite"};

std::vector<fs::DirectoryEntry> entries_of(const std::string& path) {
  const auto folder = fs::open_directory(path);
  if (!folder) return {};
  return fs::list_directory(folder->get()).value_or(std::vector<fs::DirectoryEntry>());
}

bool same_file(const std::string& left, const std::string& right) {
  struct stat a {
  }, b{};
  return ::stat(left.c_str(), &a) == 0 && ::stat(right.c_str(), &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

std::string real(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> found(::realpath(path.c_str(), nullptr), std::free);
  return found ? found.get() : path;
}

// Compares inodes or, if one of the two is not visible from here, names.
bool same_place(const std::string& left, const std::string& right) {
  return real(left) == real(right) || same_file(left, right);
}

// --- open files

std::string link_of(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  return size <= 0 ? "" : std::string(target.data(), static_cast<std::size_t>(size));
}

void add_open_databases(const Gateway& gateway, std::int64_t process, const Place& ours,
                        std::vector<Sign>& signs) {
  const std::string folder = base::concat({gateway.proc, "/", std::to_string(process), "/fd"});
  for (const fs::DirectoryEntry& descriptor : entries_of(folder)) {
    const std::string link = base::concat({folder, "/", descriptor.name});
    const std::string path = link_of(link);
    for (const std::string_view database : databases) {
      if (!path.ends_with(database)) continue;
      // The same file has another name if folders are mounted into the unit (BindPaths=).
      const bool is_ours = same_file(link, base::concat({ours.state, database}));
      signs.push_back({Sign::Kind::open_file,
                       is_ours ? ours.state : path.substr(0, path.size() - database.size()), "",
                       base::concat({"its process ", std::to_string(process), " has ", path, " open"})});
    }
  }
}

// --- locks

void add_locks_in(const std::string& folder, const Gateway& gateway, std::vector<Sign>& signs) {
  std::size_t seen = 0;
  for (const auto& [name, type] : entries_of(folder)) {
    if (!name.starts_with("gateway.") || !name.ends_with(".lock") || ++seen > most_locks) continue;
    const auto text = fs::read_trusted_file(base::concat({folder, "/", name}), largest_lock);
    if (!text) continue;
    // From 2026.9 on, there is padding after the object.
    const json lock = base::json_or_null(text->substr(0, text->rfind('}') + 1));
    const auto holder = base::as_integer(base::member(lock, "pid"));
    if (!holder || std::ranges::find(gateway.processes, *holder) == gateway.processes.end()) continue;
    signs.push_back({Sign::Kind::lock, base::text_at(lock, "stateDir"), base::text_at(lock, "configPath"),
                     base::concat({"its lock ", folder, "/", name, " names it"})});
  }
}

// --- its environment

void add_environment(const Gateway& gateway, const base::Environment& variables,
                     const std::string& working_directory, std::vector<Sign>& signs) {
  base::Environment environment = variables;
  openclaw::apply_profile(gateway.profile, environment);
  const auto read = openclaw::gateway_environment(environment, working_directory);
  const Place place = place_of("", read.locations);
  signs.push_back(
      {Sign::Kind::environment, place.state, place.config,
       base::concat(
           {"the environment of its process ", std::to_string(gateway.main_pid),
            gateway.profile.empty() ? " names it" : " and --profile " + gateway.profile + " name it"})});
}

Gateway gateway_of(const std::int64_t main_pid, const std::string& control_group,
                   const std::string& profile) {
  Gateway gateway{main_pid, systemd::processes_of(control_group), profile};
  gateway.uid = ::geteuid();
  if (std::ranges::find(gateway.processes, main_pid) == gateway.processes.end()) {
    gateway.processes.push_back(main_pid);
  }
  return gateway;
}

}  // namespace

std::vector<Sign> signs_of(const Gateway& gateway, const Place& ours) {
  std::vector<Sign> signs;
  for (const std::int64_t process : gateway.processes) add_open_databases(gateway, process, ours, signs);
  const auto process = GatewayProcess::open(gateway.main_pid, gateway.proc);
  const auto variables =
      process ? process->environment() : base::Result<base::Environment>(base::pass(process.error()));
  const std::string of_user = "/openclaw-" + std::to_string(gateway.uid);
  const std::string root = base::concat({gateway.proc, "/", std::to_string(gateway.main_pid), "/root"});
  add_locks_in(ours.state + "/tmp" + of_user, gateway, signs);
  // Before 2026.9 in the temporary folder, which PrivateTmp= makes private to the unit.
  const std::string temporary = variables ? openclaw::variable(*variables, "TMPDIR") : "";
  add_locks_in(base::concat({root, temporary.empty() ? "/tmp" : temporary, of_user}), gateway, signs);
  if (variables) add_environment(gateway, *variables, process->working_directory(), signs);
  return signs;
}

Result<std::optional<Sign>> judge(const std::vector<Sign>& signs, const Place& ours) {
  const Sign* of_state = nullptr;
  const Sign* of_config = nullptr;
  for (const Sign& sign : signs) {
    // Of several signs of the same kind, one for our state counts: a gateway may also have databases of
    // others open.
    const auto weighs_more = [&](const Sign* known, const std::string Sign::*path, const std::string& own) {
      if ((sign.*path).empty()) return false;
      if (known == nullptr || sign.kind < known->kind) return true;
      return sign.kind == known->kind && same_place(sign.*path, own);
    };
    if (weighs_more(of_state, &Sign::state, ours.state)) of_state = &sign;
    if (weighs_more(of_config, &Sign::config, ours.config)) of_config = &sign;
  }
  const auto another = [](const char* what, const std::string& theirs, const std::string& own,
                          const Sign& sign) {
    return base::fail(ErrorKind::refused,
                      base::concat({"the running gateway has its ", what, " in ", theirs, " (", sign.seen,
                                    "), and the workers of an update look for it in ", own}));
  };
  if (of_state != nullptr && !same_place(of_state->state, ours.state)) {
    return another("state", of_state->state, ours.state, *of_state);
  }
  if (of_config != nullptr && !same_place(of_config->config, ours.config)) {
    return another("config", of_config->config, ours.config, *of_config);
  }
  return of_state == nullptr ? std::nullopt : std::optional(*of_state);
}

Result<json> show_owner(const contract::OwnerRequest& request, const Place& ours) {
  const Gateway gateway = gateway_of(request.main_pid, request.control_group, request.profile);
  const auto sign = judge(signs_of(gateway, ours), ours);
  if (!sign) return base::pass(sign.error());
  return contract::to_json(contract::StateOwner{ours.state, ours.config, *sign ? (*sign)->seen : "",
                                                openclaw::find_own_update(gateway.processes, gateway.proc)});
}

}  // namespace workers::state
