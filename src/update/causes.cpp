// SPDX-License-Identifier: MIT
#include "update/causes.hpp"

#include <algorithm>
#include <array>
#include <csignal>

namespace update {
namespace {

using enum Cause;

constexpr std::array<CauseRow, 24> table{{
    {ended_by_itself, true, "its process ended by itself"},
    {not_ready, true, "it was not ready in time"},
    {other_version, true, "it answered with another version"},
    {works_no_more, true, "parts that worked before did not work with it"},
    {migration_failed, true, "its doctor failed on the gateway's state"},

    {bus_failed, false, "systemd could not be asked"},
    {job_overdue, false, "the unit took longer than its own time limits allow"},
    {start_canceled, false, "its start was canceled"},
    {start_prevented, false, "systemd did not begin its start"},
    {start_timed_out, false, "its start took longer than TimeoutStartSec= allows"},
    {hook_failed, false, "a command of the unit failed before its process ran"},
    {not_set_up, false, "systemd could not set up its process"},
    {stopped_by_somebody, false, "it was stopped, or ended without a failure"},
    {started_anew, false, "it was started again meanwhile"},
    {restarted_unseen, false, "systemd started it again, and its end was not observed"},
    {killed_from_outside, false,
     "a signal of another process, or the kernel because memory ran out, ended it"},
    {definition_changed, false, "the definition of the unit changed during the update"},
    {environment_lost, false, "its environment lost a variable, which comes from the unit"},
    {config_invalid, false, "the config, which was valid for it before, changed during the update"},
    {worker_failed, false, "the worker that asks it gave no result"},
    {disk_full, false, "the disk is full"},
    {port_taken, false, "another process listens on its port"},
    {old_release_ended_too, false,
     "the previous release ended at its first start, too, and runs since its second"},
    {updater_failed, false, "the update itself could not continue"},
}};

constexpr bool is_signal_of_a_crash(int signal) {
  constexpr std::array crashes{SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};
  return std::find(crashes.begin(), crashes.end(), signal) != crashes.end();
}

// The exit status of a process that was asked to end by a signal, or whose child was (sh, Node: 128 + the
// number of the signal).
constexpr bool tells_of_a_signal_from_outside(int status) {
  return status > 128 && status < 128 + SIGSYS && !is_signal_of_a_crash(status - 128);
}

// systemd.exec(5), "Process exit codes": the program itself was not executed.
constexpr bool is_of_systemd(int status) {
  return status >= 200 && status <= 245;
}

Cause cause_of_exit(const bus::ServiceStatus& unit) {
  if (is_of_systemd(unit.exit_status)) return not_set_up;
  if (tells_of_a_signal_from_outside(unit.exit_status)) return killed_from_outside;
  // Restart= also restarts a process that has exited successfully, unless the unit was stopped.
  const bool is_restarted = unit.sub_state.starts_with("auto-restart");
  return unit.result == "success" && !is_restarted ? stopped_by_somebody : ended_by_itself;
}

struct UnitResult {
  std::string_view name;
  Cause cause;
};
constexpr std::array results{
    UnitResult{"oom-kill", killed_from_outside}, UnitResult{"timeout", start_timed_out},
    UnitResult{"resources", not_set_up},         UnitResult{"protocol", not_set_up},
    UnitResult{"start-limit-hit", not_set_up},   UnitResult{"exec-condition", not_set_up},
};

}  // namespace

std::span<const CauseRow> causes() {
  return table;
}

const CauseRow& row_of(Cause cause) {
  return *std::find_if(table.begin(), table.end(), [&](const CauseRow& row) { return row.cause == cause; });
}

Cause cause_of_end(const bus::ServiceStatus& unit) {
  const auto* const known = std::find_if(results.begin(), results.end(),
                                         [&](const UnitResult& row) { return row.name == unit.result; });
  if (known != results.end()) return known->cause;
  switch (unit.exit_code) {
    case CLD_EXITED:
      return cause_of_exit(unit);
    case CLD_KILLED:
    case CLD_DUMPED:
      return is_signal_of_a_crash(unit.exit_status) ? ended_by_itself : killed_from_outside;
    default:
      break;
  }
  // No main process of this start has ended: it is alive and being stopped, or there was none.
  const bool stops = unit.active_state == "deactivating" || unit.active_state == "inactive";
  return stops ? stopped_by_somebody : hook_failed;
}

Cause cause_of_failed_start(const bus::JobResult& job, const bus::ServiceStatus& unit) {
  if (job == "canceled") return start_canceled;
  if (job == "timeout") return start_timed_out;
  if (job == "done" || job == "failed") return cause_of_end(unit);
  return start_prevented;
}

}  // namespace update
