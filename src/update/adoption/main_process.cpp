#include "update/adoption/main_process.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <string_view>

#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "openclaw/launch.hpp"
#include "openclaw/shell_words.hpp"

namespace update {
namespace {

// Arguments and environment of one process together are at most 6 MiB (execve(2)); a Node maps some hundred
// files.
constexpr std::size_t limit = std::size_t{8} * 1024 * 1024;
constexpr std::string_view gone = " (deleted)";

std::string text_of(int process_fd, const char* name) {
  return fs::read_file(process_fd, name, limit).value_or("");
}

std::string link_of(int process_fd, const char* name) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlinkat(process_fd, name, target.data(), target.size());
  return length <= 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(length));
}

// "0::/system.slice/claw.service", also in one of the unit's own groups below it.
bool is_in_group(int process_fd, const std::string& control_group) {
  for (const std::string& line : base::split(text_of(process_fd, "cgroup"), '\n')) {
    const std::size_t second = line.find(':', line.find(':') + 1);
    if (second == std::string::npos) continue;
    const std::string_view path = std::string_view(line).substr(second + 1);
    if (path == control_group ||
        (path.starts_with(control_group) && path.substr(control_group.size()).starts_with('/'))) {
      return true;
    }
  }
  return false;
}

// A descriptor of /proc/PID is one of that process alone, whoever gets its number later.
base::UniqueFd open_process(int proc_fd, std::int64_t pid, const std::string& control_group) {
  auto process = fs::open_directory_beneath(proc_fd, std::to_string(pid));
  if (!process || !is_in_group(process->get(), control_group)) return {};
  return std::move(*process);
}

void read_program(int process_fd, MainProcess& process) {
  std::string program = link_of(process_fd, "exe");
  const bool is_gone = program.ends_with(gone);
  if (is_gone) program.resize(program.size() - gone.size());
  if (!openclaw::is_node_name(program)) return;
  process.node = std::move(program);
  process.node_is_gone = is_gone;
}

std::string package_of_script(int process_fd) {
  std::vector<std::string> words = base::split(text_of(process_fd, "cmdline"), '\0');
  if (!words.empty() && words.back().empty()) words.pop_back();
  const auto command = openclaw::read_launch_command(words);
  if (command.runs != openclaw::LaunchCommand::Runs::node || command.script.empty()) return {};
  const std::string script = command.script.starts_with('/')
                                 ? command.script
                                 : base::concat({link_of(process_fd, "cwd"), "/", command.script});
  std::array<char, PATH_MAX> real{};
  return ::realpath(script.c_str(), real.data()) == nullptr ? std::string()
                                                            : openclaw::package_around(real.data());
}

// Of native modules, which stay mapped; where plugins bring a second OpenClaw it is not told which is the
// one.
std::string package_of_mapped_files(int process_fd) {
  std::string found;
  for (const std::string& line : base::split(text_of(process_fd, "maps"), '\n')) {
    const std::size_t at = line.find('/');
    if (at == std::string::npos || !line.ends_with(".node")) continue;
    const std::string root = openclaw::package_around(line.substr(at));
    if (root.empty() || root == found) continue;
    if (!found.empty()) return {};
    found = root;
  }
  return found;
}

bool is_name(std::string_view text) {
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

void read_environment(int process_fd, MainProcess& process) {
  for (const std::string& entry : base::split(text_of(process_fd, "environ"), '\0')) {
    const std::string name = entry.substr(0, entry.find('='));
    if (!is_name(name) || name.size() == entry.size()) continue;
    if (name == "PATH") process.path = entry.substr(name.size() + 1);
    process.environment_keys.push_back(name);
  }
  std::ranges::sort(process.environment_keys);
}

bool is_child_of(int process_fd, std::int64_t parent) {
  const std::string wanted = "PPid:\t" + std::to_string(parent);
  const auto lines = base::split(text_of(process_fd, "status"), '\n');
  return std::ranges::find(lines, wanted) != lines.end();
}

std::vector<std::int64_t> all_processes(int proc_fd) {
  std::vector<std::int64_t> processes;
  for (const auto& entry : fs::list_directory(proc_fd).value_or(std::vector<fs::DirectoryEntry>())) {
    std::int64_t pid = 0;
    const char* const end = entry.name.data() + entry.name.size();
    if (std::from_chars(entry.name.data(), end, pid).ptr == end) processes.push_back(pid);
  }
  return processes;
}

// The one Node that `parent` has started, with its descriptor.
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
  process.package_root = package_of_script(opened.get());
  if (process.package_root.empty()) process.package_root = package_of_mapped_files(opened.get());
  read_environment(opened.get(), process);
  return process;
}

}  // namespace update
