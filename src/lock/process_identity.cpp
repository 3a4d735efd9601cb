// SPDX-License-Identifier: MIT
#include "lock/process_identity.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/text.hpp"
#include "base/time.hpp"
#include "base/unique_fd.hpp"

namespace lock {
namespace {

// The inode number of the PID namespace that the kernel starts with (PROC_PID_INIT_INO in linux/proc_ns.h).
constexpr std::string_view initial_pid_namespace = "pid:[4026531836]";

// A file of procfs has no size to ask for. The error is an errno value.
tl::expected<std::string, int> read_proc_file(const std::string& path) {
  // /proc/stat has one number per interrupt: tens of kilobytes on large machines.
  constexpr std::size_t limit = std::size_t{4} * 1024 * 1024;
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return tl::make_unexpected(errno);
  std::string content;
  std::array<char, 16384> buffer{};
  while (content.size() < limit) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::make_unexpected(errno);
    if (got == 0) break;
    content.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return content;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The rest of the line that begins with `label`.
std::optional<std::string_view> find_line(std::string_view content, std::string_view label) {
  for (std::size_t start = 0; start < content.size();) {
    const std::size_t newline = content.find('\n', start);
    const std::string_view line = content.substr(start, newline - start);
    if (line.substr(0, label.size()) == label) return base::trim(line.substr(label.size()));
    if (newline == std::string_view::npos) break;
    start = newline + 1;
  }
  return std::nullopt;
}

std::int64_t boot_time_ms(const std::string& proc) {
  // More than that no clock shows, and later sums must not overflow.
  constexpr std::int64_t most_seconds = std::int64_t{1} << 43U;
  if (const auto stat = read_proc_file(proc + "/stat")) {
    if (const auto line = find_line(*stat, "btime ")) {
      const auto seconds = parse_number<std::int64_t>(*line);
      if (seconds && *seconds >= 0 && *seconds <= most_seconds) return *seconds * 1000;
    }
  }
  // ProcSubset=pid hides /proc/stat. Rounded down to a second as the kernel does, so never late.
  const std::int64_t booted = base::unix_now_ms() - base::since_boot().count();
  return booted - booted % 1000;
}

struct ProcessStat {
  char state = '?';
  std::uint64_t threads = 0;
  std::uint64_t start_ticks = 0;
};

// proc(5): "pid (comm) state ppid ...". A process chooses its comm freely, so it may contain ") R 1 "; no
// later field can contain a parenthesis, so the last one ends it.
std::optional<ProcessStat> parse_stat(std::string_view content) {
  const std::size_t end_of_comm = content.rfind(')');
  if (end_of_comm == std::string_view::npos) return std::nullopt;
  const std::vector<std::string> fields = base::split(base::trim(content.substr(end_of_comm + 1)), ' ');
  constexpr std::size_t first = 3;  // the number in proc(5) of fields[0]
  constexpr std::size_t threads = 20 - first;
  constexpr std::size_t start = 22 - first;
  if (fields.size() <= start || fields[0].size() != 1) return std::nullopt;
  const auto thread_count = parse_number<std::uint64_t>(fields[threads]);
  const auto start_ticks = parse_number<std::uint64_t>(fields[start]);
  // More ticks than a machine can have run for: not a procfs, and later sums must not overflow.
  constexpr std::uint64_t most_ticks = std::uint64_t{1} << 48U;
  if (!thread_count || !start_ticks || *start_ticks > most_ticks) return std::nullopt;
  return ProcessStat{fields[0][0], *thread_count, *start_ticks};
}

std::int64_t to_milliseconds(std::uint64_t ticks) {
  static const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const std::uint64_t seconds = ticks / ticks_per_second;
  return static_cast<std::int64_t>(seconds * 1000 + ticks % ticks_per_second * 1000 / ticks_per_second);
}

bool has_ended(const ProcessStat& stat) {
  if (stat.state == 'X' || stat.state == 'x') return true;
  // A main thread that ended before its threads shows as a zombie too, and the process lives on in them.
  return stat.state == 'Z' && stat.threads <= 1;
}

// /proc/<number> answers for threads as well, although it does not list them. A lock names a process, so if a
// thread of another one has the number now, the process is gone. Node has a dozen threads: this is a common
// reuse.
bool is_thread_of_another(const std::string& proc, std::int64_t pid) {
  const auto status = read_proc_file(proc + "/" + std::to_string(pid) + "/status");
  if (!status) return false;
  const auto line = find_line(*status, "Tgid:");
  if (!line) return false;
  const auto leader = parse_number<std::int64_t>(*line);
  return leader && *leader != pid;
}

// Does a failure to read /proc/<pid> mean that there is no such process? ENOENT alone does not:
// ProtectProc=invisible and =ptraceable hide processes of other users, and there may be no /proc at all.
// kill(2) is affected by neither.
bool is_absent(const std::string& proc, std::int64_t pid, int read_error) {
  if (read_error != ENOENT && read_error != ESRCH) return false;  // such as EMFILE, EACCES
  if (proc != "/proc") return true;
  return ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH;
}

bool is_namespaced(const std::string& proc) {
  std::array<char, 64> target{};
  const ssize_t size = ::readlink((proc + "/self/ns/pid").c_str(), target.data(), target.size());
  // When in doubt, there may be processes that we cannot see.
  if (size <= 0) return true;
  return std::string_view(target.data(), static_cast<std::size_t>(size)) != initial_pid_namespace;
}

// proc(5): "0.20 0.18 0.12 1/80 11206", the last field being the last PID given in our namespace.
std::int64_t last_pid_given(const std::string& proc) {
  if (const auto content = read_proc_file(proc + "/loadavg")) {
    const std::string_view line = base::trim(*content);
    const std::size_t space = line.rfind(' ');
    if (space != std::string_view::npos) {
      if (const auto pid = parse_number<std::int64_t>(line.substr(space + 1))) return *pid;
    }
  }
  return ::getpid();  // ProcSubset=pid: ours was given a moment ago
}

}  // namespace

ProcessFacts observe_process(const std::string& proc, std::int64_t pid) {
  ProcessFacts facts;
  // 0 and negative numbers mean groups to kill(2), and never a process.
  if (pid <= 0 || pid > greatest_pid) return facts;
  const auto content = read_proc_file(proc + "/" + std::to_string(pid) + "/stat");
  if (!content) {
    facts.exists = !is_absent(proc, pid, content.error());
    return facts;
  }
  const auto stat = parse_stat(*content);
  if (!stat) {
    facts.exists = true;  // something is there, and we cannot tell what
    return facts;
  }
  if (has_ended(*stat) || is_thread_of_another(proc, pid)) return facts;
  facts.exists = true;
  facts.start_ticks = stat->start_ticks;
  facts.started_at_ms = boot_time_ms(proc) + to_milliseconds(stat->start_ticks);
  return facts;
}

base::Result<MachineFacts> observe_machine(const std::string& proc) {
  MachineFacts machine;
  machine.now_ms = base::unix_now_ms();
  machine.booted_at_ms = boot_time_ms(proc);
  machine.namespace_started_at_ms = machine.booted_at_ms;
  if (const auto content = read_proc_file(proc + "/1/stat")) {
    const auto init = parse_stat(*content);
    if (!init) {
      return base::fail(base::ErrorKind::system,
                        proc + "/1/stat is not valid; is " + proc + " a mounted procfs?");
    }
    machine.namespace_started_at_ms += to_milliseconds(init->start_ticks);
  }
  machine.namespaced = is_namespaced(proc);
  machine.last_pid = last_pid_given(proc);
  return machine;
}

}  // namespace lock
