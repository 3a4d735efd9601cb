// SPDX-License-Identifier: MIT
// Why an update failed once the gateway was stopped, and whether that is the release's own doing: one table.
//
// Only what the release itself has done puts it into quarantine, and only on exact evidence: how its process
// ended, or what it answered. Whatever an administrator, the service manager, a worker or the kernel did
// leads to a rollback without quarantine, and a later update tries again. What is not known blames nobody.
#pragma once

#include <span>
#include <string_view>

#include "bus/service_manager.hpp"

namespace update {

enum class Cause {
  // The release's own behaviour.
  ended_by_itself,
  not_ready,
  other_version,
  works_no_more,
  migration_failed,
  // Its surroundings'.
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
  updater_failed,
};

struct CauseRow {
  Cause cause;
  bool blames_release;
  std::string_view what;  // for a person: "2026.9.6 was not proven, since <what>"
};

[[nodiscard]] std::span<const CauseRow> causes();
[[nodiscard]] const CauseRow& row_of(Cause cause);

// Why a unit's main process is gone, by what systemd says of it: `unit` has ended, or is about to.
[[nodiscard]] Cause cause_of_end(const bus::ServiceStatus& unit);
// Why a start job has not led to a service that runs. `unit` is as it was left.
[[nodiscard]] Cause cause_of_failed_start(const bus::JobResult& job, const bus::ServiceStatus& unit);

}  // namespace update
