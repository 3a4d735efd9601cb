// SPDX-License-Identifier: MIT
// Why an update failed after the gateway was stopped, and whether the release is to blame: one table.
//
// Only failures of the release itself put it into quarantine, and only with exact evidence: how its process
// ended, or what it answered. Failures that an administrator, the service manager, a worker or the kernel has
// caused lead to a rollback without quarantine, and a later update tries again. If the cause is unknown,
// nothing is blamed.
#pragma once

#include <span>
#include <string_view>

#include "bus/service_manager.hpp"

namespace update {

enum class Cause {
  // Caused by the release.
  ended_by_itself,
  not_ready,
  other_version,
  works_no_more,
  migration_failed,
  // Caused by its environment.
  bus_failed,
  job_overdue,
  start_canceled,
  start_prevented,
  start_timed_out,
  hook_failed,
  not_set_up,
  stopped_by_somebody,
  started_anew,
  restarted_unseen,
  killed_from_outside,
  definition_changed,
  environment_lost,
  config_invalid,
  worker_failed,
  disk_full,
  port_taken,
  old_release_ended_too,
  updater_failed,
};

struct CauseRow {
  Cause cause;
  bool blames_release;
  std::string_view what;  // for an operator: "2026.9.6 was not verified, because <what>"
};

[[nodiscard]] std::span<const CauseRow> causes();
[[nodiscard]] const CauseRow& row_of(Cause cause);

// Why the main process of a unit has ended, according to systemd. `unit` has ended, or is about to.
[[nodiscard]] Cause cause_of_end(const bus::ServiceStatus& unit);
// Why a start job has not resulted in a running service. `unit` is as the job left it.
[[nodiscard]] Cause cause_of_failed_start(const bus::JobResult& job, const bus::ServiceStatus& unit);

}  // namespace update
