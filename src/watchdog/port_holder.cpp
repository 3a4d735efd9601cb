// SPDX-License-Identifier: MIT
#include "watchdog/port_holder.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <memory>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "fs/file.hpp"
#include "systemd/listening_sockets.hpp"

namespace watchdog {
namespace {

constexpr std::size_t table_limit = std::size_t{4} * 1024 * 1024;
constexpr std::string_view listening = "0A";
// A machine with many containers has a few thousand.
constexpr std::size_t most_groups = 20'000;
constexpr std::size_t most_processes = 3;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(path.c_str()));
  // Only one thread uses this directory stream.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  for (const dirent* entry = nullptr; folder && (entry = ::readdir(folder.get())) != nullptr;) {
    names.emplace_back(entry->d_name);
  }
  return names;
}

// --- the process

// Parses " 1: 0100007F:4965 00000000:0000 0A ... uid timeout inode ..."; a result only for a listener there.
std::optional<systemd::ListeningSocket> listener_in(const std::string& line, std::uint16_t port) {
  std::istringstream words(line);
  std::string number, local, remote, state, queues, timer, retries, timeout;
  systemd::ListeningSocket found;
  words >> number >> local >> remote >> state >> queues >> timer >> retries >> found.user >> timeout >>
      found.inode;
  const std::size_t colon = local.rfind(':');
  if (state != listening || colon == std::string::npos || !words) return std::nullopt;
  unsigned where = 0;
  const char* end = local.data() + local.size();
  if (std::from_chars(local.data() + colon + 1, end, where, 16).ptr != end || where != port) {
    return std::nullopt;
  }
  return found;
}

// Fallback if sock_diag is not permitted.
std::optional<systemd::ListeningSocket> listener_in_table(const std::string& proc, std::uint16_t port) {
  for (const char* table : {"/net/tcp", "/net/tcp6"}) {
    const auto text = fs::read_trusted_file(proc + table, table_limit);
    if (!text) continue;
    for (const std::string& line : base::split(*text, '\n')) {
      if (auto found = listener_in(line, port)) return found;
    }
  }
  return std::nullopt;
}

std::optional<systemd::ListeningSocket> listener_on(std::uint16_t port) {
  const auto sockets = systemd::listening_sockets();
  if (!sockets) return std::nullopt;
  const auto found = std::ranges::find(*sockets, port, &systemd::ListeningSocket::port);
  return found == sockets->end() ? std::nullopt : std::optional(*found);
}

bool has_socket(const std::string& folder, const std::string& wanted) {
  for (const std::string& name : names_in(folder)) {
    std::array<char, 64> target{};
    const ssize_t size = ::readlink((folder + "/" + name).c_str(), target.data(), target.size());
    if (size > 0 && std::string_view(target.data(), static_cast<std::size_t>(size)) == wanted) return true;
  }
  return false;
}

std::string process_with(const std::string& proc, std::uint32_t inode) {
  const std::string wanted = base::concat({"socket:[", std::to_string(inode), "]"});
  for (const std::string& pid : names_in(proc)) {
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string folder = base::concat({proc, "/", pid});
    if (!has_socket(folder + "/fd", wanted)) continue;
    const auto name = fs::read_trusted_file(folder + "/comm", 64);
    return base::concat({name ? base::printable(base::trim(*name)) : "a process", " (pid ", pid, ")"});
  }
  return "";
}

// --- the unit

bool is_unit(std::string_view name) {
  return name.ends_with(".service") || name.ends_with(".scope") || name.ends_with(".socket");
}

// The path of the folder with this inode, below `root`.
std::string group_with(const std::string& root, std::uint64_t inode) {
  std::deque<std::string> folders{""};
  for (std::size_t seen = 0; !folders.empty() && seen < most_groups; ++seen) {
    const std::string folder = std::move(folders.front());
    folders.pop_front();
    for (const std::string& name : names_in(root + folder)) {
      struct stat status {};
      const std::string path = base::concat({folder, "/", name});
      if (name == "." || name == ".." || ::lstat((root + path).c_str(), &status) != 0) continue;
      if (!S_ISDIR(status.st_mode)) continue;
      if (status.st_ino == inode) return path;
      folders.push_back(path);
    }
  }
  return "";
}

// "pid 812, 813 and more"
std::string processes_in(const std::string& group) {
  const auto text = fs::read_trusted_file(group + "/cgroup.procs", table_limit);
  if (!text) return "";
  std::vector<std::string> pids;
  for (const std::string& line : base::split(*text, '\n')) {
    if (!line.empty()) pids.push_back(line);
  }
  if (pids.empty()) return "";
  const bool more = pids.size() > most_processes;
  if (more) pids.resize(most_processes);
  return base::concat({"pid ", base::join(pids, ", "), more ? " and more" : ""});
}

constexpr std::string_view of_user_manager = " of user@";

// The innermost unit of the path, and the user's service manager that it belongs to.
std::string unit_in(const std::string& path) {
  std::string unit, of_user;
  for (const std::string& part : base::split(path, '/')) {
    if (!is_unit(part)) continue;
    if (unit.starts_with("user@")) of_user = unit;
    unit = part;
  }
  if (unit.empty() || of_user.empty()) return base::printable(unit);
  return base::printable(base::concat({unit, " of ", of_user}));
}

// For two gateways on one port, of which one is a user unit.
std::string way_to_stop(const std::string& unit) {
  const std::size_t at = unit.find(of_user_manager);
  if (!unit.starts_with("openclaw-gateway") || at == std::string::npos) return {};
  std::string uid = unit.substr(at + of_user_manager.size());
  uid = uid.substr(0, uid.find('.'));
  return base::concat({"; only one of the two gateways can run: as root, systemctl --user --machine=", uid,
                       "@ disable --now ", unit.substr(0, at), " stops that one"});
}

}  // namespace

PortHolder holder_in_cgroup(const std::string& root, std::uint64_t inode) {
  if (inode == 0) return {};
  const std::string path = group_with(root, inode);
  PortHolder holder;
  holder.unit = unit_in(path);
  if (holder.unit.empty()) return holder;
  const std::string processes = processes_in(root + path);
  holder.description = processes.empty() ? holder.unit : base::concat({holder.unit, " (", processes, ")"});
  return holder;
}

std::optional<PortHolder> port_holder(std::uint16_t port, const PortHolderPlaces& places) {
  auto socket = listener_on(port);
  if (!socket) socket = listener_in_table(places.proc, port);
  if (!socket) return std::nullopt;
  PortHolder holder = holder_in_cgroup(places.cgroups, socket->cgroup);
  const std::string process = process_with(places.proc, socket->inode);
  if (!process.empty()) {
    holder.description = holder.unit.empty() ? process : base::concat({process, " of ", holder.unit});
  } else if (holder.unit.empty()) {
    holder.description = base::concat(
        {"a process of user ", std::to_string(socket->user),
         ", which the watchdog cannot see; ss -tlnp 'sport = :", std::to_string(port), "' as root names it"});
  }
  return holder;
}

std::optional<std::uint16_t> port_named_in(std::string_view line) {
  // Node: "Error: listen EADDRINUSE: address already in use 127.0.0.1:18789", ":::18789" for all of IPv6;
  // OpenClaw: "another gateway instance is already listening on ws://127.0.0.1:18789", "Port 18789 is ..."
  constexpr std::array<std::string_view, 3> before{"address already in use ", "already listening on ws",
                                                   "Port "};
  for (const std::string_view words : before) {
    const std::size_t at = line.find(words);
    if (at == std::string_view::npos) continue;
    std::string_view place = line.substr(at + words.size());
    place = place.substr(0, place.find_first_of(" \t\""));
    if (const std::size_t colon = place.rfind(':'); colon != std::string_view::npos) {
      place.remove_prefix(colon + 1);
    }
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(place.data(), place.data() + place.size(), port);
    if (error == std::errc{} && end == place.data() + place.size() && port != 0) return port;
  }
  return std::nullopt;
}

std::string unit_of_user(const std::string& unit, unsigned uid) {
  return base::concat({unit, of_user_manager, std::to_string(uid), ".service"});
}

std::string describe(const std::optional<PortHolder>& holder, const std::string& gateway_unit) {
  if (!holder) return "no process listens there now";
  const std::string held = "its holder is " + holder->description;
  if (holder->unit != gateway_unit) return held + way_to_stop(holder->unit);
  // Left by KillMode=process, or by a start that succeeded after all.
  return base::concat({held,
                       ", which is the gateway itself or a remainder of an earlier one: systemctl status ",
                       gateway_unit.substr(0, gateway_unit.find(' ')), " shows its processes"});
}

}  // namespace watchdog
