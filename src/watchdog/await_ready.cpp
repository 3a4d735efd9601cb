// SPDX-License-Identifier: MIT
#include "watchdog/await_ready.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "base/text.hpp"
#include "base/time.hpp"
#include "fs/file.hpp"

namespace watchdog {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds between_looks{250};
constexpr milliseconds time_for_a_look{5000};
constexpr std::chrono::seconds more{30};

// EPERM: the process belongs to another user, and exists.
bool has_ended(std::int64_t pid) {
  return pid > 0 && ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH;
}

std::string control_group_of(std::int64_t pid) {
  constexpr std::size_t most = 65536;
  const auto text = fs::read_trusted_file(base::concat({"/proc/", std::to_string(pid), "/cgroup"}), most);
  return text ? control_group_in(*text) : "";
}

base::Result<bus::BusPointer> no_manager() {
  return base::fail(base::ErrorKind::unavailable, "not asked");
}

std::string status_of(const Look& look, milliseconds elapsed, milliseconds time) {
  return base::concat({"starting: ", openclaw::describe(look.probe.health), ", ",
                       base::human_duration(elapsed.count()), " of ", base::human_duration(time.count())});
}

}  // namespace

std::string control_group_in(const std::string& text) {
  for (const std::string& line : base::split(text, '\n')) {
    // The line of the unified hierarchy, which a hybrid setup has as well: "0::/system.slice/x.service"
    constexpr std::string_view unified = "0::";
    if (line.starts_with(unified) && line != "0::/") return line.substr(unified.size());
  }
  return "";
}

base::Result<Waited> await_ready(const Wait& wait, systemd::Notifier& notifier,
                                 const bus::Connector& connector) {
  const auto start = Clock::now();
  Where where = wait.where;
  if (wait.main_pid > 0) where.unit = "the gateway";
  while (true) {
    if (wait.main_pid > 0) where.control_group = control_group_of(wait.main_pid);
    auto look = look_once(where, wait.main_pid > 0 ? no_manager : connector, time_for_a_look);
    if (!look) return base::pass(look.error());
    where.known = look->probe.endpoint;
    const auto elapsed = std::chrono::duration_cast<milliseconds>(Clock::now() - start);
    const bool ended = has_ended(wait.main_pid);
    const bool ready = exit_status_of(*look) == 0;
    if (ready || ended || elapsed >= wait.time) {
      if (ready) notifier.status(sentence_of(*look));
      if (!ready && !ended) notifier.status("not ready yet: " + openclaw::describe(look->probe.health));
      return Waited{std::move(*look), ended};
    }
    notifier.status(status_of(*look, elapsed, wait.time));
    notifier.extend_timeout(more);
    std::this_thread::sleep_for(between_looks);
  }
}

}  // namespace watchdog
