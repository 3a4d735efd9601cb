// SPDX-License-Identifier: MIT
#include "process/family.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/unique_fd.hpp"

namespace process {
namespace {

// A second of CPU or this many bytes moved since the last sign of life is one. Measured: npm that only
// retries a union of 77 packages at a registry that refuses every connection used 10 ms of CPU and moved 2 kB
// in 90 s.
constexpr std::uint64_t noteworthy_bytes = std::uint64_t{256} * 1024;

std::uint64_t noteworthy_ticks() {
  return static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK)));
}

// Files of /proc are small and appear whole in one read.
std::optional<std::string> read_proc(const std::string& path) {
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::array<char, 2048> buffer{};
  const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
  if (size <= 0) return std::nullopt;
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

template <class Number>
Number number_in(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Field `index` (0 is the state, field 3 of proc(5)) of what follows the name, which may hold blanks and
// brackets.
std::string_view stat_field(std::string_view rest, int index) {
  for (; index > 0 && !rest.empty(); --index) {
    rest.remove_prefix(std::min(rest.size(), rest.find(' ') + 1));
  }
  return rest.substr(0, rest.find(' '));
}

std::optional<ProcessEntry> read_entry(pid_t pid) {
  const auto text = read_proc("/proc/" + std::to_string(pid) + "/stat");
  if (!text) return std::nullopt;
  const std::size_t bracket = text->rfind(") ");
  if (bracket == std::string::npos) return std::nullopt;
  const std::string_view rest = std::string_view(*text).substr(bracket + 2);
  return ProcessEntry{
      pid, number_in<pid_t>(stat_field(rest, 1)),
      number_in<std::uint64_t>(stat_field(rest, 11)) + number_in<std::uint64_t>(stat_field(rest, 12))};
}

std::vector<ProcessEntry> process_table() {
  std::vector<ProcessEntry> table;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc"),
                                                      [](DIR* d) { return ::closedir(d); });
  if (!directory) return table;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name.find_first_not_of("0123456789") != std::string_view::npos) continue;
    if (const auto process = read_entry(number_in<pid_t>(name))) table.push_back(*process);
  }
  return table;
}

// Bytes read and written through system calls, of files, pipes and stream sockets alike.
std::uint64_t bytes_moved(pid_t pid) {
  const auto text = read_proc("/proc/" + std::to_string(pid) + "/io");
  if (!text) return 0;
  std::uint64_t sum = 0;
  for (const std::string_view key : {"rchar: ", "wchar: "}) {
    const std::size_t at = text->find(key);
    if (at != std::string::npos) {
      sum += number_in<std::uint64_t>(std::string_view(*text).substr(at + key.size()));
    }
  }
  return sum;
}

}  // namespace

ProcessFamily::ProcessFamily() {
  for (const ProcessEntry& process : process_table()) {
    if (process.parent == ::getpid()) earlier_children_.push_back(process.pid);
  }
  ::prctl(PR_GET_CHILD_SUBREAPER, &was_subreaper_);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

ProcessFamily::~ProcessFamily() {
  ::prctl(PR_SET_CHILD_SUBREAPER, was_subreaper_);
}

std::vector<ProcessEntry> ProcessFamily::members() const {
  std::multimap<pid_t, ProcessEntry> by_parent;
  for (const ProcessEntry& process : process_table()) by_parent.emplace(process.parent, process);
  std::vector<ProcessEntry> found;
  const auto add_children_of = [&](pid_t parent) {
    const auto [first, last] = by_parent.equal_range(parent);
    for (auto it = first; it != last; ++it) {
      const bool earlier = parent == ::getpid() &&
                           std::find(earlier_children_.begin(), earlier_children_.end(), it->second.pid) !=
                               earlier_children_.end();
      if (!earlier) found.push_back(it->second);
    }
  };
  add_children_of(::getpid());
  // Each call may add more to look at.
  std::size_t next = 0;
  while (next < found.size()) add_children_of(found[next++].pid);
  return found;
}

void ProcessFamily::end(pid_t leader) const {
  using namespace std::chrono_literals;
  ::kill(-leader, SIGKILL);
  // Only our own children are killed by number: they are unreaped, so the number is theirs for sure. Those
  // further down become our children when their parents are gone, one turn of this loop later.
  for (const auto deadline = std::chrono::steady_clock::now() + 10s;;) {
    std::size_t children = 0;
    for (const ProcessEntry& process : members()) {
      if (process.parent != ::getpid()) continue;
      ++children;
      ::kill(process.pid, SIGKILL);
      ::waitpid(process.pid, nullptr, WNOHANG);
    }
    // A process in an uninterruptible wait (a dead NFS server) cannot be waited for: it has its SIGKILL.
    if (children == 0 || std::chrono::steady_clock::now() > deadline) break;
    std::this_thread::sleep_for(1ms);
  }
  ::waitpid(leader, nullptr, WNOHANG);  // where there is no /proc
}

bool ActivityMeter::advanced(const std::vector<ProcessEntry>& members) {
  std::map<pid_t, Usage> now;
  for (const ProcessEntry& process : members) {
    const Usage usage{process.cpu_ticks, bytes_moved(process.pid)};
    const auto before = last_.find(process.pid);
    const Usage base = before == last_.end() ? Usage{} : before->second;
    if (usage.cpu_ticks > base.cpu_ticks) since_.cpu_ticks += usage.cpu_ticks - base.cpu_ticks;
    if (usage.bytes > base.bytes) since_.bytes += usage.bytes - base.bytes;
    now.emplace(process.pid, usage);
  }
  last_ = std::move(now);
  if (since_.cpu_ticks < noteworthy_ticks() && since_.bytes < noteworthy_bytes) return false;
  since_ = {};
  return true;
}

}  // namespace process
