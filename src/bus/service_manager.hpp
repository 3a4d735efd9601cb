// SPDX-License-Identifier: MIT
// The service manager over the system bus: queries, starts, stops and waits.
//
// A seam: the updater and the watchdog know this interface only, and tests put a scripted one in its place
// (tests/unit/support/fake_service_manager.hpp).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace bus {

// The state of a service in the manager. An absent unit has load_state "not-found".
//
// systemd forgets an inactive unit that did not fail as soon as nothing refers to it: a oneshot that has done
// its work looks as if it had never run, without invocation_id and exit_status.
struct ServiceStatus {
  std::string load_state, active_state, sub_state;  // "loaded", "active", "running"
  std::string result;                               // "success", "exit-code", "start-limit-hit"...
  std::string status_text;                          // its last STATUS=, printable
  std::string invocation_id;                        // 32 hex digits; empty before the first start
  std::int64_t main_pid = 0;                        // 0: none
  std::string control_group = {};                   // "/system.slice/x.service"; empty: no processes
  bool own_network = false;                         // PrivateNetwork=, NetworkNamespacePath=
  std::string freezer_state = {};                   // "running", "frozen"...; empty: not told
  std::uint32_t restarts = 0;                       // NRestarts
  int exit_code = 0, exit_status = 0;               // CLD_* and status or signal of the last main process
  std::string fragment_path;
  std::vector<std::string> drop_in_paths;
  bool need_daemon_reload = false;
  bool job_pending = false;
  // Since it came into its SubState=, which asking for more time does not change. 0: not told.
  std::chrono::microseconds in_state_for{0};
  // Of a timer that waits: when it starts its unit next, in Unix milliseconds. 0: it does not wait, or is no
  // timer.
  std::int64_t next_elapse_ms = 0;
  // TimeoutStartSec= and TimeoutStopSec=. None: infinity, or not told.
  std::optional<std::chrono::microseconds> start_timeout, stop_timeout;
};

// "exit status 1", "signal 9", "start-limit-hit": how a main process ended, for a person.
[[nodiscard]] std::string ending_of(const ServiceStatus& unit);

// systemctl freeze of the unit or of its slice has paused its processes, is pausing them, or is ending that.
[[nodiscard]] bool is_frozen(const ServiceStatus& unit);

// What to do about a unit that is not loaded, as a command; empty: the unit does not exist.
[[nodiscard]] std::string remedy_of_load_state(const std::string& unit, std::string_view load_state);

// The part of a definition that an update must not lose.
struct ServiceDefinition {
  std::vector<std::string> environment_keys;  // names only: values are secrets
  // Values of the few variables that say where OpenClaw looks, and are no secrets: those of
  // location_variables that Environment= sets.
  std::map<std::string, std::string> locations;
  struct EnvironmentFile {
    std::string path;
    bool optional = false;  // written with "-"
  };
  std::vector<EnvironmentFile> environment_files;
  std::string user, group, working_directory;
  std::vector<std::string> state_directories;  // names, as written
  std::vector<std::string> exec_start;         // arguments of the first ExecStart=
  std::string type;                            // "simple", "notify", "oneshot"
  std::string path;                            // value of PATH in Environment=; empty: systemd's own
  std::vector<std::string> search_path;        // ExecSearchPath=, for a command without a path
};

inline constexpr std::array<std::string_view, 7> location_variables{
    "HOME",
    "OPENCLAW_HOME",
    "OPENCLAW_STATE_DIR",
    "OPENCLAW_CONFIG_PATH",
    "OPENCLAW_PROFILE",
    "OPENCLAW_PLUGIN_STAGE_DIR",
    "OPENCLAW_BUNDLED_PLUGINS_DIR",
};

enum class JobKind { start, stop };

// How a job ended, in systemd's own words: "done", "canceled", "timeout", "failed", "dependency", "skipped".
using JobResult = std::string;

// Called several times a second while a job is waited for; false ends the wait (the job continues).
using KeepWaiting = std::function<bool()>;

class ServiceManager {
 public:
  virtual ~ServiceManager() = default;

  // No error for a unit that does not exist: its load_state shows this.
  [[nodiscard]] virtual base::Result<ServiceStatus> status(const std::string& unit) = 0;
  // Error kind `not_found` for a unit that does not exist.
  [[nodiscard]] virtual base::Result<ServiceDefinition> definition(const std::string& unit) = 0;

  // Environment= with its values, which are secrets: only for a worker that runs as the user of the unit.
  // Empty where the manager may not report it.
  [[nodiscard]] virtual base::Result<std::map<std::string, std::string>> environment(
      const std::string& unit) {
    static_cast<void>(unit);
    return std::map<std::string, std::string>();
  }

  // Queue a job (mode "replace") and wait for its end, over broken connections and restarts of dbus-daemon,
  // within the limits of job_limits.hpp. Error kinds: `busy` when one of them is over or `keep_waiting`
  // (which may be empty) gave up, and the job continues; `busy` also at a shutdown; `not_found`,
  // `refused` (masked), `not_permitted`, `bad_input` (its file has a fault); `unavailable` when the manager
  // has not answered for a minute.
  //
  // "done" means that the job has succeeded, not that the service still runs: see status().
  [[nodiscard]] virtual base::Result<JobResult> start(const std::string& unit,
                                                      const KeepWaiting& keep_waiting) = 0;
  [[nodiscard]] virtual base::Result<JobResult> stop(const std::string& unit,
                                                     const KeepWaiting& keep_waiting) = 0;
  // Queue a job and answer at once.
  [[nodiscard]] virtual base::Result<void> start_without_waiting(const std::string& unit) = 0;

  [[nodiscard]] virtual base::Result<void> reload() = 0;  // daemon-reload
  // Success for a unit that did not fail, and for one that does not exist.
  [[nodiscard]] virtual base::Result<void> reset_failed(const std::string& unit) = 0;
  // Removes a unit's directories and waits until they are gone; `what` of "runtime", "state", "cache". One
  // that has none is clean already. The unit must not run (error kind `busy`); a failed one is reset.
  [[nodiscard]] virtual base::Result<void> clean(const std::string& unit,
                                                 const std::vector<std::string>& what) = 0;

  // "running", "degraded", "starting", "stopping"...
  [[nodiscard]] virtual base::Result<std::string> system_state() = 0;

  // Sleeps at most that long, less when a job of any unit has ended or a signal has arrived.
  virtual void idle(std::chrono::milliseconds time) = 0;
};

// The system manager: over its own socket for root, as systemctl does, so that neither a system without
// dbus-daemon nor a restart of it interferes; otherwise over the system bus, or the bus that
// DBUS_SYSTEM_BUS_ADDRESS names. A broken connection is replaced at the next call.
//
// To be used by one thread, and not across fork().
[[nodiscard]] base::Result<std::unique_ptr<ServiceManager>> connect_to_system_manager();

// The manager of the calling process's own user, over its own socket below `runtime_directory`
// ("/run/user/1000"): a process that may write there can answer, so only that user may ask.
// `not_found` where no manager of that user runs.
[[nodiscard]] base::Result<std::unique_ptr<ServiceManager>> connect_to_user_manager(
    const std::string& runtime_directory);
// The environment that this manager passes to each of its units. `not_found` where none runs.
[[nodiscard]] base::Result<std::map<std::string, std::string>> environment_of_user_manager(
    const std::string& runtime_directory);

}  // namespace bus
