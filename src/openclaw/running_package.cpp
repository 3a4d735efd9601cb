// SPDX-License-Identifier: MIT
#include "openclaw/running_package.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "fs/file.hpp"
#include "openclaw/launch.hpp"
#include "openclaw/shell_words.hpp"

namespace openclaw {
namespace {

// Arguments and environment of one process together are at most 6 MiB (execve(2)); a Node maps some hundred
// files.
constexpr std::size_t longest_file = std::size_t{8} * 1024 * 1024;

std::string file_of_process(int process_fd, const char* name) {
  return fs::read_file(process_fd, name, longest_file).value_or("");
}

std::string package_of_script(int process_fd) {
  const LaunchCommand command = read_launch_command(arguments_of_process(process_fd));
  if (command.runs != LaunchCommand::Runs::node || command.script.empty()) return {};
  const std::string script = command.script.starts_with('/')
                                 ? command.script
                                 : base::concat({link_of_process(process_fd, "cwd"), "/", command.script});
  std::array<char, PATH_MAX> real{};
  return ::realpath(script.c_str(), real.data()) == nullptr ? std::string() : package_around(real.data());
}

// Of native modules, which stay mapped; where plugins bring a second OpenClaw it is not told which is the
// one.
std::string package_of_mapped_files(int process_fd) {
  std::string found;
  for (const std::string& line : base::split(file_of_process(process_fd, "maps"), '\n')) {
    const std::size_t at = line.find('/');
    if (at == std::string::npos || !line.ends_with(".node")) continue;
    const std::string root = package_around(line.substr(at));
    if (root.empty() || root == found) continue;
    if (!found.empty()) return {};
    found = root;
  }
  return found;
}

}  // namespace

std::string link_of_process(int process_fd, const char* name) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlinkat(process_fd, name, target.data(), target.size());
  return length <= 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(length));
}

std::vector<std::string> arguments_of_process(int process_fd) {
  std::vector<std::string> words = base::split(file_of_process(process_fd, "cmdline"), '\0');
  while (!words.empty() && words.back().empty()) words.pop_back();
  return words;
}

std::string variable_of_process(int process_fd, const char* name) {
  const std::string start = base::concat({name, "="});
  for (const std::string& entry : base::split(file_of_process(process_fd, "environ"), '\0')) {
    if (entry.starts_with(start)) return entry.substr(start.size());
  }
  return {};
}

std::string package_of_process(int process_fd) {
  std::string root = package_of_script(process_fd);
  return root.empty() ? package_of_mapped_files(process_fd) : root;
}

std::string package_by_name(int process_fd) {
  const std::string noted = variable_of_process(process_fd, "_");
  const bool is_command = noted.starts_with('/') && base_name(noted) == "openclaw";
  const LaunchSite site{variable_of_process(process_fd, "PATH"), "", ""};
  const auto launch = find_launch(read_launch_command({is_command ? noted : "openclaw"}), site);
  return launch ? launch->package_root : "";
}

bool is_seen_by_process(int process_fd, const std::string& path) {
  struct stat here {
  }, there{};
  return ::stat(path.c_str(), &here) == 0 &&
         ::fstatat(process_fd, base::concat({"root", path}).c_str(), &there, 0) == 0 &&
         here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

}  // namespace openclaw
