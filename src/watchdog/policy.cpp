// SPDX-License-Identifier: MIT
#include "watchdog/policy.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "base/time.hpp"

namespace watchdog {
namespace {

using namespace std::chrono_literals;

constexpr Time loop_window = 15min;
constexpr std::size_t loop_ends = 3;
// OpenClaw ends with 0 to be started again by its service manager: after a change of its config, or when a
// chat asks for it. More than this many times within the window is a loop nevertheless.
constexpr std::size_t most_planned_ends = 5;
// A gateway that runs for this long has recovered.
constexpr Time calm = 10min;
constexpr Time pause_when_idle = 1min;
// Plugins load shortly before or after readiness; later lines may be messages that people send to the
// gateway.
constexpr Time scan_after_ready = 30s;
constexpr Time patience_with_unready = 5min;
constexpr unsigned least_silent_times = 3;
constexpr Time patience_with_orphan = 2min, pause_between_resumes = 30min;

bool is_failed(const bus::ServiceStatus& unit) {
  return unit.active_state == "failed";
}

bool waits_for_restart(const bus::ServiceStatus& unit) {
  return unit.sub_state.starts_with("auto-restart");
}

bool runs(const bus::ServiceStatus& unit) {
  return unit.active_state == "active" || unit.active_state == "reloading";
}

std::string lasting(Time time) {
  return base::human_duration(time.count());
}

}  // namespace

Decision Policy::look(const Observation& seen, Time now) {
  Decision decision;
  decision.next = now + rules_.interval;
  const Time passed = looked_at_ ? now - *looked_at_ : Time{0};
  const bool gap = passed > 4 * rules_.interval;
  looked_at_ = now;
  if (std::exchange(diagnosis_used_, false)) diagnosis_.reset();
  if (seen.diagnosis) diagnosis_ = seen.diagnosis;
  // A gap in the observation proves nothing: the machine slept, or the manager was not available.
  if (gap || !seen.manager_answers) run_.silent_since.reset();
  if (seen.manager_answers && runs(seen.unit) && bus::is_frozen(seen.unit)) {
    leave_out(passed);
  } else if (gap) {
    leave_out(passed - rules_.interval);
  }
  standing_.phase = Phase::unknown;
  standing_.detail.clear();
  if (seen.manager_answers) {
    follow_unit(seen, now);
    follow_health(seen, now);
    note_well(now);
    judge(seen, now, decision);
    last_ = seen.unit;
    known_ = true;
  }
  std::erase_if(memory_.restarts, [&](Time at) { return now - at >= 1h; });
  standing_.restarts_last_hour = static_cast<unsigned>(memory_.restarts.size());
  standing_.budget_left = budget_left();
  return decision;
}

// A start, and an updater that was killed, get the time that they would have had without the sleep. A start
// gets the time, too, for which the gateway was frozen.
void Policy::leave_out(Time slept) {
  run_.began += slept;
  run_.executed += slept;
  for (auto* since : {&run_.unseen_since, &run_.unready_since, &orphan_since_}) {
    if (*since) **since += slept;
  }
}

void Policy::follow_unit(const Observation& seen, Time now) {
  const bus::ServiceStatus& unit = seen.unit;
  const bool fresh = !known_ || unit.invocation_id != run_.invocation;
  std::size_t ended = 0;
  if (known_ && unit.restarts > last_.restarts) ended = unit.restarts - last_.restarts;
  if (ended > 0 && fresh) note_end(run_.invocation, now);
  if (!fresh && waits_for_restart(unit) && unit.result == "success" && run_.live) {
    planned_end_of_ = run_.invocation;
  }
  if (ended > 0 && is_excused(now)) --ended;
  if (fresh) {
    run_ = Run{};
    run_.invocation = unit.invocation_id;
    run_.began = now;
    standing_.version.clear();
    standing_.endpoint.clear();
    // An operator has started the unit: earlier problems may be solved.
    const bool by_hand = !std::exchange(start_expected_, false) && unit.restarts == 0;
    if (by_hand && !is_failed(unit)) ends_.clear();
  }
  if (fresh || unit.main_pid == 0) run_.executed = now;
  const bool stops_by_job = unit.job_pending && unit.active_state == "deactivating";
  if (!seen.acting && (stops_by_job || seen.stop_was_asked)) {
    run_.stop_asked = true;
    memory_.stopped_invocation = unit.invocation_id;
  }
  // An earlier watchdog may have seen the stop of this run.
  if (memory_.stopped_invocation != unit.invocation_id) memory_.stopped_invocation.clear();
  if (!memory_.stopped_invocation.empty()) run_.stop_asked = true;
  if (known_ && is_failed(unit) && (fresh || !is_failed(last_)) && !run_.stop_asked) ++ended;
  if (is_failed(unit) || waits_for_restart(unit)) note_end(unit.invocation_id, now);
  // The unit is active, so no start is owed any more, whoever started it; a later stop is intended. A gateway
  // that had to be killed at our stop has failed in the same run, and is down nevertheless.
  const bool is_down = unit.active_state == "inactive" || unit.active_state == "deactivating" ||
                       (known_ && !fresh && is_failed(unit));
  if (!seen.acting && !is_down) {
    memory_.start_owed.clear();
    owed_starts_ = 0;
    next_owed_start_ = Time{0};
  }
  // An end during an act of ours, or during an update, was requested.
  if (seen.acting || seen.update != Update::none) ended = 0;
  if (seen.update != Update::none) ends_.clear();
  ends_.insert(ends_.end(), std::min(ended, loop_ends), now);
  std::erase_if(ends_, [&](Time at) { return now - at > loop_window; });
}

// Whether the end of the run that was observed before is no failure. Until it has answered, ending with 0 is
// one.
bool Policy::is_excused(Time now) {
  if (planned_end_of_.empty() || planned_end_of_ != run_.invocation) return false;
  planned_end_of_.clear();
  std::erase_if(planned_ends_, [&](Time at) { return now - at > loop_window; });
  planned_ends_.push_back(now);
  return planned_ends_.size() <= most_planned_ends;
}

void Policy::follow_health(const Observation& seen, Time now) {
  // The unit has no process, so another program answers.
  if (!seen.probe || !runs(seen.unit) || seen.unit.main_pid == 0) return;
  const openclaw::GatewayHealth& health = seen.probe->health;
  run_.listening = seen.probe->listening;
  if (!health.version.empty()) standing_.version = health.version;
  run_.detail = openclaw::describe(health);
  run_.unseen = seen.probe->unseen;
  if (run_.unseen.empty()) {
    run_.unseen_since.reset();
  } else {
    if (!run_.unseen_since) run_.unseen_since = now;
    run_.silent_since.reset();
    run_.live_since.reset();
    return;
  }
  if (!health.live) {
    if (!run_.silent_since) {
      run_.silent_since = now;
      run_.silent_times = 0;
    }
    ++run_.silent_times;
    run_.live_since.reset();
    return;
  }
  run_.silent_since.reset();
  run_.live = true;
  if (seen.probe->endpoint) standing_.endpoint = url_of(*seen.probe->endpoint);
  memory_.has_answered = true;
  closed_restart_made_ = false;
  if (!run_.live_since) run_.live_since = now;
  run_.restarts_itself = health.draining || health.starting;
  if (health.ready) {
    if (!run_.ready_since) run_.ready_since = now;
    run_.unready_since.reset();
  } else if (!run_.unready_since) {
    run_.unready_since = now;
  }
}

void Policy::note_end(const std::string& invocation, Time now) {
  if (ended_invocation_ == invocation) return;
  ended_invocation_ = invocation;
  ended_at_ = now;
}

void Policy::note_well(Time now) {
  if (!run_.live_since || now - *run_.live_since < calm) return;
  reported_.clear();
  ends_.clear();
  port_came_back_ = false;
  standing_.gave_up = false;
  standing_.waits_for_person = nullptr;
}

void Policy::judge(const Observation& seen, Time now, Decision& decision) {
  const bus::ServiceStatus& unit = seen.unit;
  const auto leave_alone = [&](Phase phase) {
    standing_.phase = phase;
    run_.silent_since.reset();
  };
  if (seen.update != Update::orphaned) {
    orphan_since_.reset();
    orphan_told_ = false;
  }
  if (seen.machine_stops || seen.acting) return leave_alone(Phase::changing);
  if (seen.update == Update::at_work) return leave_alone(Phase::updating);
  if (seen.update == Update::orphaned) {
    leave_alone(Phase::updating);
    return judge_orphan(now, decision);
  }
  if (hands_off_until_ && now < *hands_off_until_) return leave_alone(Phase::updating);
  decision.next = now + pause_when_idle;
  if (unit.load_state != "loaded") return leave_alone(Phase::absent);
  if (unit.active_state == "inactive") {
    run_.silent_since.reset();
    return judge_stopped(now, decision);
  }
  decision.next = now + rules_.interval;
  if (unit.job_pending || unit.active_state == "deactivating") return leave_alone(Phase::changing);
  if (is_failed(unit) && memory_.start_owed.empty()) return judge_dead(seen, now, decision);
  if (is_failed(unit)) return judge_stopped(now, decision);
  // For a backup, for instance: a stop would thaw it.
  if (bus::is_frozen(unit)) {
    leave_alone(Phase::changing);
    standing_.detail = "frozen";
    return;
  }
  if (is_loop() && is_between_starts(seen, now)) {
    standing_.phase = Phase::looping;
    // If it was started again already, the manager no longer knows how the previous process ended.
    const std::string how = runs(unit) ? "" : base::concat({" (", ending_of(unit), ")"});
    const std::string what = base::concat(
        {"has ended ", std::to_string(ends_.size()), " times within ", lasting(loop_window), how});
    return heal({what, ended_invocation_, true, true}, seen, now, decision);
  }
  judge_running(seen, now, decision);
}

// Stopped by an operator, or finished; except if we have stopped it and could not start it.
void Policy::judge_stopped(Time now, Decision& decision) {
  standing_.phase = Phase::stopped;
  if (memory_.start_owed.empty()) return;
  const Time earliest = std::max(not_before(), next_owed_start_);
  decision.next = std::max(now + rules_.interval, earliest);
  if (now < earliest) return;
  decision.reason = "was stopped for a restart, and was not started";
  act(decision, Act::start, now);
  // It spends nothing of the restarts, so it has its own pauses.
  next_owed_start_ = now + pause_after(++owed_starts_);
}

void Policy::judge_dead(const Observation& seen, Time now, Decision& decision) {
  standing_.phase = Phase::dead;
  if (run_.stop_asked) {  // ended with an error: a drain that took too long
    standing_.phase = Phase::stopped;
    decision.next = now + pause_when_idle;
    return;
  }
  const bool latched = seen.unit.result == "start-limit-hit";
  heal({base::concat({"has failed (", ending_of(seen.unit), ")"}), seen.unit.invocation_id, true,
        latched || is_loop()},
       seen, now, decision);
}

void Policy::judge_running(const Observation& seen, Time now, Decision& decision) {
  decision.probe = runs(seen.unit);
  standing_.detail = run_.detail;
  const bool starts = !runs(seen.unit) || !run_.live;
  if (run_.unseen_since && runs(seen.unit)) return judge_unseen(now, decision);
  standing_.phase = starts               ? Phase::starting
                    : run_.silent_since  ? Phase::silent
                    : run_.unready_since ? Phase::live
                                         : Phase::ready;
  // Before the unit is active, the manager's own time limits apply.
  if (!runs(seen.unit)) return;
  if (const auto silence = deaf_for(now)) {
    // The condition persists until something is done, and counts as one end.
    if (!run_.stop_asked) {
      const std::string what =
          base::concat({run_.live ? "has not answered for " : "has not become live within ",
                        lasting(*silence), ", although its process is alive"});
      // It may be well and listen where we do not ask: a restart is tried at most once.
      const bool may_be_well = !run_.listening && (!memory_.has_answered || closed_restart_made_);
      heal({what, run_.invocation, false, ends_.size() + 1 >= loop_ends, may_be_well}, seen, now, decision);
      if (decision.act != Act::none && !run_.listening) closed_restart_made_ = true;
    }
    return;
  }
  if (!starts && !run_.silent_since) judge_ready(seen, now, decision);
}

// During its start, a plugin may listen before the gateway does.
void Policy::judge_unseen(Time now, Decision& decision) {
  const Time since = run_.live ? *run_.unseen_since : run_.executed;
  const bool is_over = now - since >= rules_.start_patience;
  standing_.phase = run_.live || is_over ? Phase::unseen : Phase::starting;
  standing_.detail = run_.unseen;
  if (!is_over) return;
  report_unseen(base::concat({"runs, but its health is not known: ", run_.unseen,
                              "; it is not restarted for this reason"}),
                decision);
}

void Policy::judge_ready(const Observation& seen, Time now, Decision& decision) {
  if (run_.unready_since && !run_.unready_told && now - *run_.unready_since >= patience_with_unready) {
    run_.unready_told = true;
    decision.reports.push_back(
        {Kind::incident,
         nullptr,
         base::concat({"is live but has not been ready for ", lasting(now - *run_.unready_since), ": ",
                       standing_.detail, "; it is not restarted for this reason"}),
         {}});
  }
  if (run_.scanned || !run_.ready_since || now - *run_.ready_since < scan_after_ready) return;
  const Diagnosis* diagnosis = diagnosis_of(run_.invocation);
  if (diagnosis == nullptr) {
    decision.scan = run_.invocation;
    return;
  }
  run_.scanned = true;
  diagnosis_used_ = true;
  for (const Match& found : diagnosis->matches) {
    // The gateway runs, so the line does not concern what keeps gateways from running.
    if (found.signature->remedy == Remedy::none) continue;
    if (decision.act == Act::none && act_on_hint(found, seen, now, decision)) continue;
    report_once(found.signature, base::concat({"runs, but ", told_by(found), "; ", found.signature->advice}),
                decision);
  }
}

void Policy::judge_orphan(Time now, Decision& decision) {
  if (!orphan_since_) orphan_since_ = now;
  if (now - *orphan_since_ < patience_with_orphan) return;
  if (rules_.restarts_per_hour == 0) {
    if (std::exchange(orphan_told_, true)) return;
    ++memory_.incidents[std::string(unknown_failure)];
    decision.reports.push_back(
        {Kind::incident,
         nullptr,
         "an update is open and no process works on it; openclaw-update recover completes it",
         {}});
    return;
  }
  if (resumed_at_ && now - *resumed_at_ < pause_between_resumes) return;
  resumed_at_ = now;
  act(decision, Act::resume, now);
  decision.reason = "an update is open and no process works on it";
}

bool Policy::is_loop() const {
  // After an act, only later ends count.
  return ends_.size() >= loop_ends && (!acted_at_ || ends_.back() > *acted_at_);
}

// A start in progress is not interrupted, even in a loop.
bool Policy::is_between_starts(const Observation& seen, Time now) const {
  return waits_for_restart(seen.unit) || (!run_.live && now - run_.began < rules_.interval);
}

std::optional<Time> Policy::deaf_for(Time now) const {
  if (!run_.silent_since || run_.silent_times < least_silent_times) return std::nullopt;
  // Without a listener, this is the start of a gateway that restarts itself within its process.
  const bool may_start = !run_.live || run_.restarts_itself || !run_.listening;
  const Time since = run_.live ? *run_.silent_since : run_.executed;
  const Time limit = may_start ? Time(rules_.start_patience) : Time(rules_.deaf_after);
  if (now - since < limit) return std::nullopt;
  return now - since;
}

}  // namespace watchdog
