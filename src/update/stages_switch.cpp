// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "update/causes.hpp"
#include "update/compatibility.hpp"
#include "update/definition_healing.hpp"
#include "update/gateway.hpp"
#include "update/releases_in_use.hpp"
#include "update/snapshots.hpp"
#include "update/stages.hpp"
#include "update/standing.hpp"
#include "update/verification.hpp"
#include "update/worker_answer.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using bus::JobKind;
using nlohmann::json;

constexpr const char* migration_file = "migration.json";

Result<void> require_stopped(const Setup& setup, Context& context) {
  const auto unit = setup.manager.status(context.unit);
  if (!unit) return base::pass(unit.error());
  context.from.stopped_run = unit->invocation_id;
  if (is_down(*unit)) return {};
  return base::fail(ErrorKind::unavailable,
                    context.unit + " has not ended although it was stopped (it is " + unit->active_state +
                        "), so nothing was promoted; see systemctl status " + context.unit);
}

// The second pass of the snapshot: changes between the first pass and the end of the gateway.
contract::Task settle_task(const Context& context) {
  return {contract::tasks::settle, context.id};
}

Result<void> settle_snapshot(const Setup& setup, Context& context) {
  if (!context.snapshot.taken) return {};
  const auto answer =
      run_worker(setup, context, contract::tasks::settle,
                 {.state_directory = setup.gateway_directory, .transcripts = context.snapshot.transcripts});
  if (!answer) return base::pass(answer.error());
  note_snapshot(*answer, context);
  return {};
}

// Replaces a state that the release cannot read by the one that it had left.
Result<void> replace_state(const Setup& setup, const Context& context) {
  if (context.snapshot.restore_from.empty()) return {};
  const auto answer = run_worker(setup, context, contract::tasks::restore,
                                 {.state_directory = setup.gateway_directory,
                                  .snapshot = context.snapshot.restore_from,
                                  .digest = context.snapshot.restore_digest});
  if (!answer)
    return base::pass(answer.error(), "restoring the state that " + context.to.version + " had left");
  return {};
}

// --- causes of failures, and whether the release is to blame

// Asks the gateway's user, since the updater does not see the gateway's file systems.
bool gateway_has_no_room(const Setup& setup, Context& context) {
  const auto answer =
      run_worker(setup, context, contract::tasks::room, {.state_directory = setup.gateway_directory});
  if (!answer || answer->full.empty()) return false;
  const std::string folder = base::printable(answer->full, 300);
  add_note(context,
           base::concat({"the file system of ", folder, ", to which the gateway writes, is full; df -h ",
                         folder, " shows it, and du -xh ", folder, " what takes the space"}));
  return true;
}

// Problems of the environment at this moment, independent of what the release has done. If the definition or
// the free space cannot be looked at, there may be such a problem, and no release is blamed. A failure of the
// worker for the room does not count: it may fail each time, and no release would ever be blamed.
std::optional<Cause> cause_around(const Setup& setup, Context& context) {
  constexpr std::uint64_t least_bytes = std::uint64_t{16} * 1024 * 1024;
  constexpr std::uint64_t fewest_inodes = 64;
  const auto changed = changes_of_definition(setup, context);
  if (changed && !changed->empty()) return Cause::definition_changed;
  const auto space = setup.free_space(setup.state_fd);
  if (space && (space->bytes < least_bytes || space->inodes < fewest_inodes)) return Cause::disk_full;
  if (gateway_has_no_room(setup, context)) return Cause::disk_full;
  if (!changed || !space) return Cause::updater_failed;
  return std::nullopt;
}

tl::unexpected<base::Error> fails(const Setup& setup, Context& context, Cause cause, base::Error why) {
  if (row_of(cause).blames_release) cause = cause_around(setup, context).value_or(cause);
  const CauseRow& row = row_of(cause);
  // The release has run before, with the state that was replaced.
  const bool has_other_state = row.blames_release && !context.asked.restores.empty();
  context.judged.release_failed = row.blames_release && !has_other_state;
  context.judged.not_blamed = has_other_state ? "its state was replaced" : row.blames_release ? "" : row.what;
  return tl::make_unexpected(std::move(why));
}

tl::unexpected<base::Error> fails(const Setup& setup, Context& context, Cause cause, std::string why) {
  return fails(setup, context, cause, base::Error{ErrorKind::unavailable, 0, std::move(why)});
}

Cause cause_of_job(const base::Error& error) {
  return error.kind == ErrorKind::busy          ? Cause::job_overdue
         : error.kind == ErrorKind::unavailable ? Cause::bus_failed
                                                : Cause::start_prevented;
}

// --- the start

// The gateway may have been started between its stop and the promotion: it then runs the old release, and a
// start job would change nothing. An interrupted update has promoted before.
Result<void> stop_what_was_started_meanwhile(const Setup& setup, Context& context) {
  const auto unit = setup.manager.status(context.unit);
  if (!unit || is_down(*unit) || context.interruptions > 0) return {};
  add_note(context, base::concat({"another program or an operator started ", context.unit,
                                  " before the release was promoted, so it was stopped once more"}));
  const auto stopped = setup.manager.stop(context.unit, telling(setup, context.unit, JobKind::stop));
  if (!stopped) return fails(setup, context, cause_of_job(stopped.error()), stopped.error());
  return {};
}

Result<void> start_and_identify(const Setup& setup, Context& context) {
  (void)setup.manager.reset_failed(context.unit);
  const auto job = setup.manager.start(context.unit, telling(setup, context.unit, JobKind::start));
  if (!job) return fails(setup, context, cause_of_job(job.error()), job.error());
  const auto unit = setup.manager.status(context.unit);
  if (!unit) return fails(setup, context, Cause::bus_failed, unit.error());
  if (*job != "done" || has_ended(*unit)) {
    return fails(
        setup, context, cause_of_failed_start(*job, *unit),
        context.unit + " did not start (" + ending_of(*unit) + "); see journalctl -u " + context.unit);
  }
  context.judged.invocation_id = unit->invocation_id;
  return {};
}

Result<void> restart_with_healed_definition(const Setup& setup, Context& context) {
  const auto healed = heal_definition(setup, context, /*starts=*/true);
  if (!healed) return fails(setup, context, Cause::updater_failed, healed.error());
  if (!*healed) return {};
  const auto stopped = setup.manager.stop(context.unit, telling(setup, context.unit, JobKind::stop));
  if (!stopped) return fails(setup, context, cause_of_job(stopped.error()), stopped.error());
  return start_and_identify(setup, context);
}

std::vector<Complaint> judge(const Context& context, const contract::GatewayReport& report) {
  const contract::GatewayReport* before = context.from.baseline.report();
  // With another config, it may work differently.
  if (before == nullptr || !context.asked.restores.empty())
    return complaints_of_first_start(report, context.to.version);
  return complaints(*before, report, context.to.version);
}

// The gateway's disk keeps a snapshot for each release that a rollback can return to, and no other; always
// that of this update, whatever its journal contains.
void discard_old_snapshots(const Setup& setup, Context& context) {
  const auto releases = setup.releases.list();
  if (!releases) return;
  auto keep = needed_snapshots(Journal(setup.state_fd), *releases);
  // Snapshots on demand are kept until an operator removes them.
  auto made_by_hand = recorded_snapshots(setup.state_fd);
  if (keep && !made_by_hand) keep = base::pass(made_by_hand.error());
  if (!keep) {
    context.notes.push_back("old snapshots of the state are not removed: " + keep.error().message);
    return;
  }
  keep->insert(keep->end(), made_by_hand->begin(), made_by_hand->end());
  if (std::find(keep->begin(), keep->end(), context.id) == keep->end()) keep->push_back(context.id);
  const auto answer = run_worker(setup, context, contract::tasks::discard,
                                 {.state_directory = setup.gateway_directory, .keep = *keep});
  if (!answer)
    context.notes.push_back("old snapshots of the state are not removed: " + answer.error().message);
}

// Before the next record, which relies on it. The gateway boots meanwhile.
Result<Event> pointer_on_disk(const Setup& setup) {
  if (auto synced = setup.releases.sync(); !synced) return base::pass(synced.error());
  return Event::done;
}

}  // namespace

Result<Event> stop_gateway(const Setup& setup, Context& context) {
  // One that is started only now is started again afterwards, and judged without a comparison.
  if (const auto unit = setup.manager.status(context.unit)) {
    static_cast<void>(notice_start_or_stop(*unit, context));
  }
  if (context.snapshot.taken) setup.workers.prepare(settle_task(context));
  context.times.stopped_at_ms = setup.now_ms();
  const auto job = setup.manager.stop(context.unit, telling(setup, context.unit, JobKind::stop));
  if (!job) return base::pass(job.error());
  if (auto stopped = require_stopped(setup, context); !stopped) return base::pass(stopped.error());
  if (auto settled = settle_snapshot(setup, context); !settled) return base::pass(settled.error());
  // For the next record, which is on disk before the promotion: from then on, the new release may have run.
  // The record of the start itself need not be durable (states.cpp).
  context.judged.started = context.to.start_wanted;
  context.snapshot.state_replaced = !context.snapshot.restore_from.empty();
  return Event::done;
}

Result<Event> promote_release(const Setup& setup, Context& context) {
  // It may have been started meanwhile, and would write to a state that is being replaced.
  if (!context.snapshot.restore_from.empty()) {
    if (auto stopped = stop_if_it_runs(setup, context); !stopped)
      return fails(setup, context, cause_of_job(stopped.error()), stopped.error());
  }
  if (auto replaced = replace_state(setup, context); !replaced) return base::pass(replaced.error());
  // The link is on disk before the gateway is verified: after an earlier power failure, the record leads to a
  // rollback anyway. But an interrupted migration is continued, and must not find the old release there.
  using enum release::Store::Durability;
  if (auto moved = setup.releases.point(release::Store::Pointer::current, context.to.release,
                                        context.to.migrate ? now : by_sync);
      !moved) {
    context.judged.started = false;
    return base::pass(moved.error());
  }
  if (!context.to.migrate) return Event::done;
  context.snapshot.state_replaced = true;
  return Event::must_migrate;
}

Result<Event> migrate_state(const Setup& setup, Context& context) {
  setup.workers.dismiss(settle_task(context));
  // It may have been started meanwhile, by a boot or by an operator.
  if (auto stopped = stop_if_it_runs(setup, context); !stopped) {
    return fails(setup, context, cause_of_job(stopped.error()), stopped.error());
  }
  const auto release = setup.releases.find(context.to.release);
  if (!release) return fails(setup, context, Cause::updater_failed, release.error());
  const auto answer = run_worker(setup, context, contract::tasks::migrate, request_about(setup, *release));
  if (!answer) return fails(setup, context, Cause::worker_failed, answer.error());
  const auto kept = keep_answer(setup, context, migration_file, *answer);
  if (!kept) return fails(setup, context, Cause::updater_failed, kept.error());
  const auto migrated = contract::read_leniently<contract::StateMigrated>(*answer);
  if (migrated.outcome == "done") return Event::done;
  // On the copy, the same migration succeeded.
  return fails(
      setup, context, migrated.outcome == "failed" ? Cause::migration_failed : Cause::worker_failed,
      base::concat({"openclaw doctor of ", context.to.version, ", which must migrate the state, ",
                    migrated.detail, "; its log is in transactions/", context.id, "/", migration_file}));
}

Result<Event> start_gateway(const Setup& setup, Context& context) {
  if (!context.to.start_wanted) {
    setup.workers.dismiss(settle_task(context));
    return pointer_on_disk(setup);
  }
  auto started = stop_what_was_started_meanwhile(setup, context);
  if (started) started = start_and_identify(setup, context);
  if (!started) {
    // If the definition is lost, the unit cannot start, and the release is not to blame.
    const auto healed = heal_definition(setup, context, /*starts=*/false);
    if (healed && *healed) {
      context.judged.release_failed = false;
      context.judged.not_blamed.clear();
      started = start_and_identify(setup, context);
    }
  }
  setup.workers.dismiss(settle_task(context));
  if (!started) return base::pass(started.error());
  return pointer_on_disk(setup);
}

Result<Event> verify_gateway(const Setup& setup, Context& context) {
  if (!context.to.start_wanted) {
    context.notes.push_back(context.unit + " was not running before and was not started: " +
                            context.to.version + " is in place and not verified");
    return Event::done;
  }
  if (auto healed = restart_with_healed_definition(setup, context); !healed)
    return base::pass(healed.error());
  const auto missing = missing_keys(setup, context);
  // The variables of the process itself are compared below, and a file that cannot be read now loses nothing.
  if (!missing) {
    add_note(context, base::concat({"it is not known whether the definition of ", context.unit,
                                    " lost a variable: ", missing.error().message}));
  } else if (!missing->empty()) {
    return fails(setup, context, Cause::environment_lost,
                 "the environment of " + context.unit + " lost " + *missing +
                     "; set it again in one of its environment files, then update again");
  }
  const auto release = setup.releases.find(context.to.release);
  if (!release) return fails(setup, context, Cause::updater_failed, release.error());
  const auto seen =
      wait_for_gateway(setup, context, *release, context.to.version, setup.settings.update.ready_timeout);
  if (!seen) return fails(setup, context, Cause::worker_failed, seen.error());
  if (!seen->death.empty()) return fails(setup, context, seen->cause_of_death, seen->death);
  const contract::GatewayReport* const before = context.from.baseline.report();
  const bool unready_as_before = before != nullptr && is_unready_as_before(*before, seen->report);
  context.judged.became_ready = seen->report.ready || unready_as_before;
  context.times.ready_at_ms = moment_of_readiness(seen->report, context, setup.now_ms());
  const auto found = judge(context, seen->report);
  if (!found.empty()) return fails(setup, context, cause_of(found), text_of(found));
  if (unready_as_before) {
    add_note(context,
             "the gateway is not ready, as before the update: " + base::join(seen->report.failing, ", "));
  }
  if (!seen->report.environment_unknown.empty()) {
    add_note(context, base::concat({"it is not known whether the gateway lost a variable: ",
                                    seen->report.environment_unknown}));
  }
  return Event::done;
}

Result<Event> commit_update(const Setup& setup, Context& context) {
  if (!context.from.release.empty() && context.from.release != context.to.release) {
    auto kept = setup.releases.point(release::Store::Pointer::previous, context.from.release);
    if (!kept) context.notes.push_back("the previous release is not marked: " + kept.error().message);
  }
  if (auto released = release_from_quarantine(setup.state_fd, context.to.version); !released) {
    context.notes.push_back(context.to.version + " may still be in quarantine: " + released.error().message);
  }
  const auto pruned = prune_unused(setup.releases, setup.settings.update.keep);
  // While another gateway is being updated, nothing is pruned; that update prunes at its end.
  if (!pruned && pruned.error().kind != base::ErrorKind::busy)
    context.notes.push_back("old releases are not pruned: " + pruned.error().message);
  discard_old_snapshots(setup, context);
  return Event::done;
}

}  // namespace update
