#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/text.hpp"
#include "update/compatibility.hpp"
#include "update/definition.hpp"
#include "update/gateway.hpp"
#include "update/stages.hpp"
#include "update/standing.hpp"
#include "update/verification.hpp"

namespace update {
namespace {

using base::ErrorKind;
using nlohmann::json;

Result<void> require_stopped(const Setup& setup, const Context& context) {
  const auto unit = setup.manager.status(context.unit);
  if (!unit) return base::pass(unit.error());
  if (is_down(*unit)) return {};
  return base::fail(ErrorKind::unavailable,
                    context.unit + " has not ended although it was stopped (it is " + unit->active_state +
                        "), so nothing was promoted; see systemctl status " + context.unit);
}

// The second pass: what changed between the snapshot of the running gateway and its end.
Task settle_task(const Context& context) {
  return {"openclaw-state", context.id, "settle"};
}

Result<void> settle_snapshot(const Setup& setup, Context& context) {
  if (!context.has_snapshot) return {};
  const auto answer = run_worker(setup, settle_task(context), {{"state_directory", setup.gateway_directory}});
  if (!answer) return base::pass(answer.error());
  note_snapshot(*answer, context);
  return {};
}

// The state that the release had left, in the place of one that it cannot read.
Result<void> replace_state(const Setup& setup, const Context& context) {
  if (context.restore_from.empty()) return {};
  const auto answer = run_worker(setup, {"openclaw-state", context.id, "restore"},
                                 {{"state_directory", setup.gateway_directory},
                                  {"snapshot", context.restore_from},
                                  {"digest", context.restore_digest}});
  if (!answer)
    return base::pass(answer.error(), "restoring the state that " + context.to_version + " had left");
  return {};
}

// #66014, #90930: an update must not cost the unit its definition. Answers whether something was put back.
Result<bool> heal_definition(const Setup& setup, Context& context) {
  const auto unit = setup.manager.status(context.unit);
  if (!unit) return base::pass(unit.error());
  const Journal journal(setup.state_fd);
  const auto folder = journal.folder(context.id);
  if (!folder) return base::pass(folder.error());
  const auto changed = changed_definition(folder->get(), *unit);
  if (!changed) return base::pass(changed.error());
  if (changed->empty()) return false;
  const auto restored = restore_definition(folder->get(), *unit);
  if (!restored) return base::pass(restored.error());
  if (auto reloaded = setup.manager.reload(); !reloaded) return base::pass(reloaded.error());
  context.notes.push_back("the definition of " + context.unit +
                          " changed during the update and was restored: " + base::join(*restored, ", "));
  return true;
}

Result<void> start_and_identify(const Setup& setup, Context& context) {
  (void)setup.manager.reset_failed(context.unit);
  const auto job = setup.manager.start(context.unit, to_the_end);
  if (!job) return base::pass(job.error());
  const auto unit = setup.manager.status(context.unit);
  if (!unit) return base::pass(unit.error());
  if (*job != "done" || has_ended(*unit)) {
    return base::fail(ErrorKind::unavailable, context.unit + " did not start (" + ending_of(*unit) +
                                                  "); see journalctl -u " + context.unit);
  }
  context.invocation_id = unit->invocation_id;
  return {};
}

std::string missing_keys(const Setup& setup, const Context& context) {
  const auto definition = setup.manager.definition(context.unit);
  if (!definition) return "";
  const auto now = environment_keys_of(*definition);
  std::vector<std::string> missing;
  for (const std::string& key : context.environment_keys) {
    if (std::find(now.begin(), now.end(), key) == now.end()) missing.push_back(key);
  }
  return base::join(missing, ", ");
}

Result<void> restart_with_healed_definition(const Setup& setup, Context& context) {
  const auto healed = heal_definition(setup, context);
  if (!healed) return base::pass(healed.error());
  if (!*healed) return {};
  const auto stopped = setup.manager.stop(context.unit, to_the_end);
  if (!stopped) return base::pass(stopped.error());
  return start_and_identify(setup, context);
}

std::vector<std::string> judge(const Context& context, const GatewayReport& report) {
  if (context.baseline.empty()) return complaints_of_first_start(report, context.to_version);
  const auto before = parse_gateway_report(context.baseline);
  if (!before) return complaints_of_first_start(report, context.to_version);
  return complaints(*before, report, context.to_version);
}

// The gateway's disk holds a snapshot for each release that can be returned to, and no other. This update's
// own counts whatever its journal says.
void discard_old_snapshots(const Setup& setup, Context& context) {
  const auto releases = setup.releases.list();
  if (!releases) return;
  auto keep = needed_snapshots(Journal(setup.state_fd), *releases);
  if (!keep) {
    context.notes.push_back("old snapshots of the state are not removed: " + keep.error().message);
    return;
  }
  if (std::find(keep->begin(), keep->end(), context.id) == keep->end()) keep->push_back(context.id);
  const auto answer = run_worker(setup, {"openclaw-state", context.id, "discard"},
                                 {{"state_directory", setup.gateway_directory}, {"keep", *keep}});
  if (!answer)
    context.notes.push_back("old snapshots of the state are not removed: " + answer.error().message);
}

// Before the next record, which counts on it; the gateway boots meanwhile.
Result<Event> pointer_on_disk(const Setup& setup) {
  if (auto synced = setup.releases.sync(); !synced) return base::pass(synced.error());
  return Event::done;
}

}  // namespace

Result<Event> stop_gateway(const Setup& setup, Context& context) {
  if (context.has_snapshot) setup.workers.prepare(settle_task(context));
  context.stopped_at_ms = setup.now_ms();
  const auto job = setup.manager.stop(context.unit, to_the_end);
  if (!job) return base::pass(job.error());
  if (auto stopped = require_stopped(setup, context); !stopped) return base::pass(stopped.error());
  if (auto settled = settle_snapshot(setup, context); !settled) return base::pass(settled.error());
  // For the next record, the one that is on the disk before anything is promoted: from then on the new
  // release may have run. That of the start itself need not be (states.cpp).
  context.started = context.start_wanted;
  context.state_replaced = !context.restore_from.empty();
  return Event::done;
}

Result<Event> promote_release(const Setup& setup, Context& context) {
  if (auto replaced = replace_state(setup, context); !replaced) return base::pass(replaced.error());
  // The disk has it by the time the gateway is verified: a power cut before finds a record that leads back
  // anyway.
  if (auto moved = setup.releases.point(ReleaseStore::Pointer::current, context.to_release,
                                        ReleaseStore::Durability::by_sync);
      !moved) {
    context.started = false;
    return base::pass(moved.error());
  }
  return Event::done;
}

Result<Event> start_gateway(const Setup& setup, Context& context) {
  if (!context.start_wanted) {
    setup.workers.dismiss(settle_task(context));
    return pointer_on_disk(setup);
  }
  auto started = start_and_identify(setup, context);
  if (!started) {
    // A unit whose definition is lost cannot start, and the release is not to blame.
    const auto healed = heal_definition(setup, context);
    if (healed && *healed) started = start_and_identify(setup, context);
  }
  setup.workers.dismiss(settle_task(context));
  if (!started) return base::pass(started.error());
  return pointer_on_disk(setup);
}

Result<Event> verify_gateway(const Setup& setup, Context& context) {
  if (!context.start_wanted) {
    context.notes.push_back(context.unit + " was not running before and was not started: " +
                            context.to_version + " is in place and not proven");
    return Event::done;
  }
  if (auto healed = restart_with_healed_definition(setup, context); !healed)
    return base::pass(healed.error());
  if (const std::string missing = missing_keys(setup, context); !missing.empty()) {
    return base::fail(ErrorKind::unavailable, "the environment of " + context.unit + " lost " + missing +
                                                  "; its unit files are as they were, so put it back into "
                                                  "one of its environment files, then update again");
  }
  const auto release = setup.releases.find(context.to_release);
  if (!release) return base::pass(release.error());
  const auto report =
      wait_until_ready(setup, context, *release, context.to_version, setup.settings.update.ready_timeout);
  if (!report) return base::pass(report.error());
  context.became_ready = report->ready;
  context.ready_at_ms = moment_of_readiness(*report, context, setup.now_ms());
  const auto found = judge(context, *report);
  if (!found.empty()) return base::fail(ErrorKind::unavailable, base::join(found, "; "));
  return Event::done;
}

Result<Event> commit_update(const Setup& setup, Context& context) {
  if (!context.from_release.empty() && context.from_release != context.to_release) {
    auto kept = setup.releases.point(ReleaseStore::Pointer::previous, context.from_release);
    if (!kept) context.notes.push_back("the previous release is not marked: " + kept.error().message);
  }
  (void)release_from_quarantine(setup.state_fd, context.to_version);
  const auto pruned =
      setup.releases.prune(setup.settings.update.keep, {context.from_release, context.to_release});
  if (!pruned) context.notes.push_back("old releases are not pruned: " + pruned.error().message);
  discard_old_snapshots(setup, context);
  return Event::done;
}

}  // namespace update
