// SPDX-License-Identifier: MIT
#include "update/adoption/main_process.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "openclaw/launch_command.hpp"
#include "openclaw/running_package.hpp"

namespace update {
namespace {

// Arguments and environment of a process have at most 6 MiB in total (execve(2)).
constexpr std::size_t limit = std::size_t{8} * 1024 * 1024;
constexpr std::string_view gone = " (deleted)";

std::string text_of(int process_fd, const char* name) {
  return fs::read_file(process_fd, name, limit).value_or("");
}

// "0::/system.slice/claw.service", or one of the unit's own subgroups.
bool is_in_group(int process_fd, const std::string& control_group) {
  return std::ranges::any_of(control_groups_of(process_fd), [&](std::string_view path) {
    return path == control_group ||
           (path.starts_with(control_group) && path.substr(control_group.size()).starts_with('/'));
  });
}

// A descriptor of /proc/PID refers only to that process, even if the PID is reused.
base::UniqueFd open_process(int proc_fd, std::int64_t pid, const std::string& control_group) {
  auto process = fs::open_directory_beneath(proc_fd, std::to_string(pid));
  if (!process || !is_in_group(process->get(), control_group)) return {};
  return std::move(*process);
}

void read_program(int process_fd, MainProcess& process) {
  std::string program = openclaw::link_of_process(process_fd, "exe");
  const bool is_gone = program.ends_with(gone);
  if (is_gone) program.resize(program.size() - gone.size());
  if (!openclaw::is_node_name(program)) return;
  process.node = std::move(program);
  process.node_is_gone = is_gone;
}

bool is_name(std::string_view text) {
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

// False: it cannot be read. A process without variables would be one that loses nothing.
bool read_environment(int process_fd, MainProcess& process) {
  const auto block = fs::read_file(process_fd, "environ", limit);
  if (!block) return false;
  for (const std::string& entry : base::split(*block, '\0')) {
    const std::string name = entry.substr(0, entry.find('='));
    if (!is_name(name) || name.size() == entry.size()) continue;
    if (name == "PATH") process.path = entry.substr(name.size() + 1);
    process.environment_keys.push_back(name);
  }
  std::ranges::sort(process.environment_keys);
  return true;
}

bool is_child_of(int process_fd, std::int64_t parent) {
  const std::string wanted = "PPid:\t" + std::to_string(parent);
  const auto lines = base::split(text_of(process_fd, "status"), '\n');
  return std::ranges::find(lines, wanted) != lines.end();
}

// The only Node child of `parent`, with its descriptor.
base::UniqueFd only_node_below(int proc_fd, std::int64_t parent, const std::string& control_group,
                               MainProcess& process) {
  base::UniqueFd found;
  for (const std::int64_t pid : all_processes(proc_fd)) {
    base::UniqueFd candidate = open_process(proc_fd, pid, control_group);
    if (!candidate || !is_child_of(candidate.get(), parent)) continue;
    MainProcess child;
    child.pid = pid;
    read_program(candidate.get(), child);
    if (child.node.empty()) continue;
    if (found) return {};
    found = std::move(candidate);
    process = std::move(child);
  }
  return found;
}

}  // namespace

std::vector<std::int64_t> all_processes(int proc_fd) {
  std::vector<std::int64_t> processes;
  for (const auto& entry : fs::list_directory(proc_fd).value_or(std::vector<fs::DirectoryEntry>())) {
    std::int64_t pid = 0;
    const char* const end = entry.name.data() + entry.name.size();
    if (std::from_chars(entry.name.data(), end, pid).ptr == end) processes.push_back(pid);
  }
  return processes;
}

std::vector<std::string> control_groups_of(int process_fd) {
  std::vector<std::string> groups;
  for (const std::string& line : base::split(text_of(process_fd, "cgroup"), '\n')) {
    const std::size_t second = line.find(':', line.find(':') + 1);
    if (second != std::string::npos) groups.push_back(line.substr(second + 1));
  }
  return groups;
}

std::vector<std::int64_t> processes_in(const std::string& control_group, const std::string& proc) {
  std::vector<std::int64_t> processes;
  const auto proc_fd = fs::open_directory(proc);
  if (!proc_fd || control_group.size() < 2) return processes;
  for (const std::int64_t pid : all_processes(proc_fd->get())) {
    if (open_process(proc_fd->get(), pid, control_group)) processes.push_back(pid);
  }
  return processes;
}

std::optional<MainProcess> observe_main_process(std::int64_t pid, const std::string& control_group,
                                                const std::string& proc) {
  if (pid <= 0 || control_group.size() < 2) return std::nullopt;
  const auto proc_fd = fs::open_directory(proc);
  if (!proc_fd) return std::nullopt;
  base::UniqueFd opened = open_process(proc_fd->get(), pid, control_group);
  if (!opened) return std::nullopt;
  MainProcess process;
  process.pid = pid;
  read_program(opened.get(), process);
  if (process.node.empty()) opened = only_node_below(proc_fd->get(), pid, control_group, process);
  if (!opened) return std::nullopt;
  process.package_root = openclaw::package_of_process(opened.get());
  if (!read_environment(opened.get(), process)) return std::nullopt;
  return process;
}

}  // namespace update
