// SPDX-License-Identifier: MIT
#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "update/causes.hpp"
#include "update/compatibility.hpp"
#include "update/definition_healing.hpp"
#include "update/gateway.hpp"
#include "update/stages.hpp"
#include "update/standing.hpp"
#include "update/verification.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using bus::JobKind;

// The update was killed before the rename, so the new release cannot have been started. But an interrupted
// rollback, or a boot, may have switched the pointer back: a state that is kept for this reason is restored
// if the old release does not run with it.
bool died_before_promotion(const Setup& setup, const Context& context) {
  const auto current = setup.releases.target(release::Store::Pointer::current);
  if (!current || *current != context.from.release || context.judged.became_ready ||
      !context.judged.invocation_id.empty()) {
    return false;
  }
  const auto history = Journal(setup.state_fd).read(context.id);
  if (!history) return true;
  const auto rollbacks = std::ranges::count(history->records, State::rollback, &Record::state);
  return rollbacks < 2;
}

Result<bool> state_must_go_back(const Setup& setup, const Context& context, bool is_untouched) {
  using enum config::StateRule;
  const auto rule = setup.settings.rollback.state;
  if (!context.snapshot.taken) return false;
  // If this update has replaced the state, it is not what the previous release has left.
  if (context.snapshot.state_replaced) return true;
  if (rule == keep || !context.judged.started || is_untouched) return false;
  if (rule == restore) return true;
  bool wanted = !context.judged.became_ready;
  if (!wanted) {
    const auto schemas = current_schemas(setup, context);
    if (!schemas) return base::pass(schemas.error());
    // A database exists now that did not exist before: the files that it was made from may be gone. The same
    // if it is unknown which ones existed.
    const bool appeared =
        context.snapshot.schemas.empty() && (!schemas->empty() || is_lost(context, "schemas"));
    if (!appeared && !schema_moved(context.snapshot.schemas, *schemas)) return false;
    const auto readable = reads_state(setup, context, context.from.release);
    wanted = !readable || !*readable;
  }
  if (wanted && rule == refuse) {
    return base::fail(ErrorKind::refused,
                      context.from.version +
                          " needs its former state, and state=refuse in [rollback] of helpers.ini "
                          "forbids to restore it: set state=auto, or restore " +
                          setup.gateway_directory + "/snapshots/" + context.id +
                          " by hand (openclaw-update(8))");
  }
  return wanted;
}

// Each start of the unit, and each boot, changes or clears its invocation ID. If it is the same as after the
// stop, only the release's doctor can have changed the state since.
bool no_gateway_has_run(const Setup& setup, const Context& context) {
  if (context.from.stopped_run.empty()) return false;
  const auto unit = setup.manager.status(context.unit);
  return unit && is_down(*unit) && unit->invocation_id == context.from.stopped_run;
}

Result<void> restore_state(const Setup& setup, Context& context) {
  const auto answer = run_worker(setup, context, contract::tasks::restore,
                                 {.state_directory = setup.gateway_directory,
                                  .snapshot = "",
                                  .digest = context.snapshot.digest,
                                  .exact = no_gateway_has_run(setup, context)});
  if (!answer) return base::pass(answer.error(), "restoring the gateway's state");
  context.notes.push_back("the gateway's state was restored; the state of the new release is in " +
                          setup.gateway_directory + "/snapshots/" + context.id + "/set-aside");
  return {};
}

// Returns whether the state was restored.
Result<bool> put_state_back(const Setup& setup, Context& context, bool is_untouched) {
  const auto wanted = state_must_go_back(setup, context, is_untouched);
  if (!wanted) return base::pass(wanted.error());
  if (!*wanted) return false;
  if (auto restored = restore_state(setup, context); !restored) return base::pass(restored.error());
  return true;
}

// Why the old release did not become ready. `may_pass`: its process ended by itself, was killed, or was
// started again by systemd, so that one more start may succeed.
struct FailedStart {
  base::Error why;
  bool may_pass = false;
};

FailedStart failed_for_good(base::Error why) {
  return {std::move(why), false};
}

// 78: OpenClaw refuses its config or its state, and the next start would end in the same way. What an
// operator or systemd has stopped or not begun is not started again either.
bool may_pass(Cause cause, const Result<bus::ServiceStatus>& unit) {
  constexpr int config_refused = 78;
  if (!unit || unit->exit_status == config_refused) return false;
  return cause == Cause::ended_by_itself || cause == Cause::killed_from_outside ||
         cause == Cause::restarted_unseen || cause == Cause::started_anew;
}

std::optional<FailedStart> start_old_release(const Setup& setup, Context& context) {
  (void)setup.manager.reset_failed(context.unit);
  const auto job = setup.manager.start(context.unit, telling(setup, context.unit, JobKind::start));
  if (!job) return failed_for_good(job.error());
  const auto unit = setup.manager.status(context.unit);
  if (!unit) return failed_for_good(unit.error());
  if (*job != "done" || !is_running(*unit)) {
    return FailedStart{{ErrorKind::unavailable, 0,
                        context.unit + " does not start with " + context.from.version + " again (" +
                            ending_of(*unit) + "); see journalctl -u " + context.unit},
                       may_pass(cause_of_failed_start(*job, *unit), unit)};
  }
  context.judged.invocation_id = unit->invocation_id;
  // The gateway did not run a release before, so what to expect of it is unknown.
  if (context.from.release.empty()) return std::nullopt;
  const auto release = setup.releases.find(context.from.release);
  if (!release) return failed_for_good(release.error());
  // The old release is the last resort: a ready-timeout= that was too short for the new release must not let
  // the rollback fail.
  const auto patience = std::max(setup.settings.update.ready_timeout, config::UpdateSettings{}.ready_timeout);
  const auto seen = wait_for_gateway(setup, context, *release, context.from.version, patience);
  if (!seen) return failed_for_good(seen.error());
  if (!seen->death.empty()) {
    return FailedStart{{ErrorKind::unavailable, 0, seen->death},
                       may_pass(seen->cause_of_death, setup.manager.status(context.unit))};
  }
  const contract::GatewayReport& report = seen->report;
  const contract::GatewayReport* const before = context.from.baseline.report();
  if (before != nullptr && is_unready_as_before(*before, report)) {
    add_note(context, base::concat({context.from.version, " is not ready, as before the update: ",
                                    base::join(report.failing, ", ")}));
    return std::nullopt;
  }
  if (!report.ready) {
    return failed_for_good({ErrorKind::unavailable, 0,
                            context.from.version + " runs again and is not ready (" +
                                (report.failing.empty() ? report.detail : base::join(report.failing, ", ")) +
                                "); see journalctl -u " + context.unit});
  }
  context.times.ready_at_ms = moment_of_readiness(report, context, setup.now_ms());
  return std::nullopt;
}

// The same release ended once and ran once with the same state: something else than a release ends processes
// on this machine now, so it may have ended the new release, too.
void acquit_of_passing_cause(const Setup& setup, Context& context) {
  if (!context.judged.release_failed) return;
  if (!release_from_quarantine(setup.state_fd, context.to.version)) return;
  context.judged.release_failed = false;
  context.judged.not_blamed = row_of(Cause::old_release_ended_too).what;
}

// On a machine that is short of processors, OpenClaw gives up its own start (2026.9.6: after 5 s without a
// heartbeat of its process for leases), and runs when it is started again.
Result<void> prove_old_release(const Setup& setup, Context& context) {
  const auto first = start_old_release(setup, context);
  if (!first) return {};
  if (!first->may_pass) return base::pass(first->why);
  add_note(context, base::concat({context.from.version, " did not become ready at its first start (",
                                  first->why.message, "), and was started once more"}));
  if (const auto second = start_old_release(setup, context)) return base::pass(second->why);
  acquit_of_passing_cause(setup, context);
  return {};
}

// If the pointer is right already, no new link is made, because that would fail on a full disk.
Result<void> point_back(const Setup& setup, const Context& context) {
  constexpr auto current = release::Store::Pointer::current;
  if (context.from.release.empty()) return setup.releases.remove_pointer(current);
  const auto now = setup.releases.target(current);
  if (now && *now == context.from.release) return {};
  return setup.releases.point(current, context.from.release);
}

// If the old release does not run with a state that seemed to be compatible, the state from its own time is
// restored.
Result<void> prove_old_release_or_restore(const Setup& setup, Context& context, bool state_kept) {
  auto proven = prove_old_release(setup, context);
  const bool may_restore = state_kept && context.snapshot.taken && context.judged.started &&
                           setup.settings.rollback.state == config::StateRule::automatic;
  if (proven || !may_restore) return proven;
  context.notes.push_back("with the state that the new release left: " + proven.error().message);
  if (auto stopped = stop_if_it_runs(setup, context); !stopped) return stopped;
  if (auto restored = restore_state(setup, context); !restored) return restored;
  return prove_old_release(setup, context);
}

}  // namespace

Result<void> stop_if_it_runs(const Setup& setup, const Context& context) {
  const auto before = setup.manager.status(context.unit);
  if (!before) return base::pass(before.error());
  if (is_down(*before)) return {};
  const auto job = setup.manager.stop(context.unit, telling(setup, context.unit, JobKind::stop));
  if (!job) return base::pass(job.error());
  const auto after = setup.manager.status(context.unit);
  if (!after) return base::pass(after.error());
  if (is_down(*after)) return {};
  return base::fail(ErrorKind::unavailable, context.unit + " has not ended although it was stopped (it is " +
                                                after->active_state + "); see systemctl status " +
                                                context.unit);
}

Result<void> roll_back_files(const Setup& setup, Context& context) {
  if (auto moved = point_back(setup, context); !moved) return base::pass(moved.error());
  // A failure to restore the definition is no reason to leave the gateway down.
  if (const auto restored = put_definition_back(setup, context); !restored) {
    add_note(context, "the unit's definition could not be restored: " + restored.error().message);
  }
  return {};
}

// The gateway is not killed, and no process needs to wait for its end: systemd then starts it, with the
// release that `current` points to.
base::Error give_up_on_stop(const Setup& setup, const Context& context, const base::Error& why) {
  if (!context.from.was_running || !setup.manager.start_without_waiting(context.unit)) return why;
  return {
      why.kind, why.number,
      base::concat({why.message, "; as soon as it has ended, systemd starts it with ",
                    context.from.version.empty() ? "the release that it ran before" : context.from.version})};
}

// A program that listens on the port while the gateway is down is another one, so the release is not to blame
// for a failure to bind to it.
void acquit_of_taken_port(const Setup& setup, Context& context) {
  const auto answer = run_worker(setup, context, contract::tasks::port, {.port = port_of(setup, context)});
  if (!answer || !answer->listens) return;
  context.judged.release_failed = false;
  context.judged.not_blamed = row_of(Cause::port_taken).what;
  add_note(context, base::concat({"while ", context.unit, " was stopped, another process listened on port ",
                                  std::to_string(port_of(setup, context)), "; ss -tlnp names it"}));
}

Result<Event> roll_back(const Setup& setup, Context& context) {
  const auto stopped = stop_if_it_runs(setup, context);
  const bool is_untouched = died_before_promotion(setup, context);
  if (auto files = roll_back_files(setup, context); !files) return base::pass(files.error());
  if (context.judged.release_failed && stopped) acquit_of_taken_port(setup, context);
  if (context.judged.release_failed) (void)quarantine(setup.state_fd, context.to.version, context.reason);
  if (!stopped) return base::pass(give_up_on_stop(setup, context, stopped.error()));
  auto state = put_state_back(setup, context, is_untouched);
  // Whatever happened to the state, the next goal is a running gateway.
  if (context.from.was_running) {
    auto proven = prove_old_release_or_restore(setup, context, state && !*state);
    if (!proven && !state) context.notes.push_back(state.error().message);
    if (!proven) return base::pass(proven.error());
  }
  if (!state) return base::pass(state.error());
  return Event::done;
}

}  // namespace update
