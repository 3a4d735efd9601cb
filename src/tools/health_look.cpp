// SPDX-License-Identifier: MIT
#include "tools/health_look.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/statvfs.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "base/text.hpp"
#include "config/gateways.hpp"
#include "config/values.hpp"
#include "openclaw/locations.hpp"
#include "systemd/notify.hpp"
#include "tools/container_start.hpp"
#include "tools/exit_status.hpp"
#include "tools/scope.hpp"
#include "tools/terminal.hpp"
#include "watchdog/await_ready.hpp"
#include "watchdog/once.hpp"

namespace tools {
namespace {

using base::Result;

// As ExecStartPost= of the gateway's unit, which knows the process.
Result<watchdog::Look> look_until_ready(const HealthQuestion& question, const watchdog::Where& where) {
  const auto time = config::parse_span(question.wait);
  if (!time) return base::pass(time.error(), "--wait");
  const char* pid = std::getenv("MAINPID");
  systemd::SystemdNotifier notifier;
  const std::int64_t main_pid = pid == nullptr ? 0 : std::strtoll(pid, nullptr, 10);
  auto waited = watchdog::await_ready({where, main_pid, *time}, notifier, connector_of(question.scope));
  notifier.flush();
  if (!waited) return base::pass(waited.error());
  return std::move(waited->look);
}

// Why the state's file system keeps the gateway from working; empty: it does not.
std::string fault_of_state(const HealthQuestion& question, const config::Settings& settings) {
  if (!question.writable && !question.min_free) return {};
  const openclaw::Locations locations = openclaw::locations_of(base::current_environment());
  const bool has_own = ::access(locations.state.c_str(), F_OK) == 0;
  const std::string& folder = has_own ? locations.state : settings.gateway.state_directory;
  if (question.writable && ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
    return base::concat({"cannot write to the state ", folder, ": ", std::strerror(errno)});
  if (!question.min_free) return {};
  struct statvfs space = {};
  if (::statvfs(folder.c_str(), &space) != 0)
    return base::concat({"cannot determine the free space of ", folder, ": ", std::strerror(errno)});
  const std::uint64_t free = std::uint64_t{space.f_bavail} * space.f_frsize;
  if (free >= *question.min_free) return {};
  return base::concat({"the file system of ", folder, " has ", base::human_bytes(free), " free, less than ",
                       base::human_bytes(*question.min_free)});
}

// What a process supervisor must not be told to end.
bool is_alive(const watchdog::Look& look) {
  constexpr std::array<std::string_view, 5> alive{"ready", "not-ready", "starting", "draining", "unseen"};
  const std::string_view state = watchdog::state_of(look);
  return std::find(alive.begin(), alive.end(), state) != alive.end();
}

int print_look(const HealthQuestion& question, const watchdog::Look& look, const std::string& fault) {
  int status = watchdog::exit_status_of(look);
  if (status == 0 && !fault.empty()) status = 1;
  if (question.live) status = is_alive(look) ? EX_OK : 2;
  if (question.json) {
    nlohmann::json report = watchdog::to_json(look);
    report["state_fault"] = fault.empty() ? nlohmann::json(nullptr) : nlohmann::json(fault);
    if (!fault.empty()) report["ready"] = false;
    print_json(report);
  } else if (!question.quiet) {
    print_line({watchdog::sentence_of(look), fault.empty() ? "" : "; ", fault});
  }
  return status;
}

int tell_as(const char* program, const base::Error& error) {
  print_error(program, error.message);
  return exit_status_of(error);
}

}  // namespace

std::optional<std::uint64_t> bytes_in(const std::string& text) {
  struct Unit {
    std::string_view name;
    unsigned shift;
  };
  constexpr std::array units{Unit{"", 0}, Unit{"K", 10}, Unit{"M", 20}, Unit{"G", 30}, Unit{"T", 40}};
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view name(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    const std::uint64_t bytes = number << unit.shift;
    return bytes >> unit.shift == number ? std::optional(bytes) : std::nullopt;
  }
  return std::nullopt;
}

int look_at_health(const char* program, const HealthQuestion& question) {
  const auto settings = config::load_whole_gateway(question.scope.settings, question.gateway);
  if (!settings) return tell_as(program, settings.error());
  const unsigned port = question.port != 0 ? question.port : settings->gateway.port;
  const watchdog::Where where{.unit = settings->gateway.unit, .port = static_cast<std::uint16_t>(port)};
  auto look = question.wait.empty() ? watchdog::look_once(where, connector_of(question.scope))
                                    : look_until_ready(question, where);
  if (!look) return tell_as(program, look.error());
  if (!watchdog::has_unit(*look)) {
    const std::string state = openclaw::locations_of(base::current_environment()).staging_state();
    look->begins = may_still_start("/proc", state, settings->update.ready_timeout);
  }
  return print_look(question, *look, fault_of_state(question, *settings));
}

}  // namespace tools
