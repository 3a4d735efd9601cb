#include "watchdog/port_holder.hpp"

#include <dirent.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "fs/file.hpp"

namespace watchdog {
namespace {

constexpr std::size_t table_limit = std::size_t{4} * 1024 * 1024;
constexpr std::string_view listening = "0A";

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(path.c_str()));
  // One thread reads it.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  for (const dirent* entry = nullptr; folder && (entry = ::readdir(folder.get())) != nullptr;) {
    names.emplace_back(entry->d_name);
  }
  return names;
}

struct Listener {
  std::string inode, uid;
};

// Of "  1: 0100007F:4965 00000000:0000 0A ... uid timeout inode ...", if it listens there.
std::optional<Listener> listener_in(const std::string& line, std::uint16_t port) {
  std::istringstream words(line);
  std::string number, local, remote, state, queues, timer, retries, uid, timeout, inode;
  words >> number >> local >> remote >> state >> queues >> timer >> retries >> uid >> timeout >> inode;
  const std::size_t colon = local.rfind(':');
  if (state != listening || colon == std::string::npos || inode.empty()) return std::nullopt;
  unsigned found = 0;
  const char* end = local.data() + local.size();
  if (std::from_chars(local.data() + colon + 1, end, found, 16).ptr != end || found != port)
    return std::nullopt;
  return Listener{inode, uid};
}

std::optional<Listener> listener_on(const std::string& proc, std::uint16_t port) {
  for (const char* table : {"/net/tcp", "/net/tcp6"}) {
    const auto text = fs::read_trusted_file(proc + table, table_limit);
    if (!text) continue;
    for (const std::string& line : base::split(*text, '\n')) {
      if (auto listener = listener_in(line, port)) return listener;
    }
  }
  return std::nullopt;
}

bool has_socket(const std::string& folder, const std::string& inode) {
  const std::string wanted = base::concat({"socket:[", inode, "]"});
  for (const std::string& name : names_in(folder)) {
    std::array<char, 64> target{};
    const ssize_t size = ::readlink((folder + "/" + name).c_str(), target.data(), target.size());
    if (size > 0 && std::string_view(target.data(), static_cast<std::size_t>(size)) == wanted) return true;
  }
  return false;
}

}  // namespace

std::string port_holder(const std::string& proc, std::uint16_t port) {
  const auto listener = listener_on(proc, port);
  if (!listener) return "";
  for (const std::string& pid : names_in(proc)) {
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string folder = base::concat({proc, "/", pid});
    if (!has_socket(folder + "/fd", listener->inode)) continue;
    const auto name = fs::read_trusted_file(folder + "/comm", 64);
    return base::concat({name ? base::printable(base::trim(*name)) : "a process", " (pid ", pid, ")"});
  }
  return base::concat({"a process of user ", listener->uid,
                       ", which cannot be seen from here; ss -tlnp 'sport = :", std::to_string(port),
                       "' as root names it"});
}

}  // namespace watchdog
