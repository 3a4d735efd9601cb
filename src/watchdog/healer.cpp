// SPDX-License-Identifier: MIT
#include "watchdog/healer.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "base/time.hpp"
#include "contract/tasks.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "update/intent.hpp"
#include "update/transaction_id.hpp"

namespace watchdog {
namespace {

using base::ErrorKind;
using bus::JobKind;

base::Error error_of(const base::Result<bus::JobResult>& ended, const std::string& what) {
  if (!ended) return ended.error();
  return {ErrorKind::unavailable, 0, base::concat({what, " ended with \"", *ended, "\""})};
}

// The job has ended before the unit was begun.
bool was_never_begun(const bus::JobResult& ended) {
  return ended == "dependency" || ended == "assert";
}

std::string note_about(Meanwhile others, const std::string& unit, bool start_is_owed) {
  switch (others) {
    case Meanwhile::update:
      return base::concat({unit, " is left to an update that has begun meanwhile",
                           start_is_owed ? ", and is started after it" : "",
                           "; to see the update: openclaw-update status"});
    case Meanwhile::stop:
      return base::concat({unit,
                           " is not started, because others have stopped it meanwhile; if it has to run: ",
                           "systemctl start ", unit});
    case Meanwhile::freeze:
      return base::concat({unit, " is not restarted, because it was frozen meanwhile; to let it run: ",
                           "systemctl thaw ", unit});
    case Meanwhile::nothing:
      break;
  }
  return {};
}

}  // namespace

std::deque<Healer::Step> Healer::steps_of(Act act, bool runs) {
  switch (act) {
    case Act::restart:
      return {Step::stop, Step::reset, Step::start};
    case Act::stage:
      // A running gateway continues to serve during the staging; one that crashes in a loop does not disturb
      // it.
      if (runs) return {Step::stage, Step::stop, Step::reset, Step::start};
      return {Step::stop, Step::stage, Step::reset, Step::start};
    case Act::start:
      return {Step::reset, Step::start};
    case Act::stop:
      return {Step::stop};
    case Act::rollback:
      return {Step::roll_back};
    case Act::resume:
      return {Step::resume};
    case Act::none:
      break;
  }
  return {};
}

void Healer::begin(Act act, Case what, Done done) {
  ++begun_;
  has_stopped_ = false;
  case_ = std::move(what);
  done_ = std::move(done);
  notes_.clear();
  steps_ = steps_of(act, case_.runs);
  go_on();
}

void Healer::go_on() {
  if (steps_.empty()) return finish(std::nullopt);
  const Step step = steps_.front();
  if ((step == Step::stop || step == Step::start) && is_overtaken()) return finish(std::nullopt);
  steps_.pop_front();
  perform(step);
}

// Staging and a stop take minutes, in which others may have decided about the gateway.
bool Healer::is_overtaken() {
  const Meanwhile others = meanwhile_();
  if (others == Meanwhile::nothing) return false;
  if (others == Meanwhile::stop) owe_start("");
  notes_.push_back(note_about(others, case_.unit, !memory_.start_owed.empty()));
  return true;
}

void Healer::perform(Step step) {
  switch (step) {
    case Step::stop:
      return stop();
    case Step::stage:
      return stage();
    case Step::reset:
      // reset_failed() fails for a unit that has not failed, which does not matter: the start reports
      // anything else.
      return jobs_.reset_failed(case_.unit, [this](const Answer&) { go_on(); });
    case Step::start:
      return start();
    case Step::roll_back:
      return roll_back();
    case Step::resume:
      return jobs_.queue_start(places_.resume_unit, [this](const Answer& queued) {
        finish(queued ? std::nullopt : std::optional(queued.error()));
      });
  }
}

void Healer::stop() {
  if (std::find(steps_.begin(), steps_.end(), Step::start) != steps_.end()) owe_start(case_.unit);
  has_stopped_ = true;
  jobs_.run_job(JobKind::stop, case_.unit, [this](const Answer& ended) { after_stop(ended); });
}

void Healer::after_stop(const Answer& ended) {
  // "failed": the gateway took too long to end, or ended with an error. It is down in any case.
  if (ended && *ended != "canceled") return go_on();
  const bool starts = std::find(steps_.begin(), steps_.end(), Step::start) != steps_.end();
  if (ended) owe_start("");  // another job has replaced ours
  // A gateway that delays its end is not killed. It is started as soon as it has ended, by the current
  // watchdog or a later one: until systemd has accepted the start job, the start stays recorded as owed.
  if (!ended && starts && !is_overtaken()) {
    jobs_.queue_start(case_.unit, [this, asked = begun_](const Answer& queued) {
      if (queued && asked == begun_) owe_start("");
    });
  }
  finish(error_of(ended, "the stop of " + case_.unit));
}

void Healer::stage() {
  const contract::Task task(contract::tasks::stage,
                            update::new_task_id(base::unix_now_ms(), places_.gateway));
  contract::StageRequest request{.state_directory = case_.gateway_state, .package = ""};
  // If the updater does not know the gateway, the worker finds the package in the same way as the hook.
  if (!case_.release.empty()) request.package = places_.releases + "/" + case_.release;
  const std::string text = contract::request_text(task, contract::to_json(request));
  const auto folder = fs::open_directory(places_.requests);
  const auto written = folder ? fs::write_file_durably(folder->get(), task.request_file(), text, 0644)
                              : base::Result<void>(base::pass(folder.error()));
  if (!written) {
    notes_.push_back("plugin dependencies could not be staged: " + written.error().message);
    return go_on();
  }
  jobs_.run_job(JobKind::start, task.unit(), [this, task](const Answer& ended) { after_stage(task, ended); });
}

// If staging failed, the gateway is started nevertheless: the hook of its unit tries again before the start.
void Healer::after_stage(const contract::Task& task, const Answer& ended) {
  const std::string unit = task.unit();
  if (const auto folder = fs::open_directory(places_.requests)) {
    ::unlinkat(folder->get(), task.request_file().c_str(), 0);
  }
  if (!ended || *ended != "done") {
    notes_.push_back(base::concat({"plugin dependencies could not be staged: ", error_of(ended, unit).message,
                                   "; see journalctl -u ", unit}));
  }
  jobs_.clean_runtime(unit);
  go_on();
}

void Healer::start() {
  jobs_.run_job(JobKind::start, case_.unit, [this](const Answer& ended) { after_start(ended); });
}

void Healer::after_start(const Answer& ended) {
  const bool tries_again = ended && was_never_begun(*ended);
  // If the start job was not accepted, the start is still owed. A unit that was never begun is inactive, as
  // after a stop by an operator, so that only an owed start lets the policy try again. If the job failed, the
  // policy decides.
  if (ended) owe_start(tries_again ? case_.unit : "");
  if (ended && *ended == "done") return go_on();
  base::Error failure = error_of(ended, "the start of " + case_.unit);
  if (tries_again) failure.message += "; it is tried again; to see the cause: systemctl status " + case_.unit;
  finish(failure);
}

void Healer::roll_back() {
  update::Intent intent;
  intent.origin = update::Origin::watchdog;
  intent.to_release = case_.previous;
  intent.requested_by = "the watchdog";
  intent.quarantine = base::printable("rolled back by the watchdog: " + case_.reason, 500);
  const auto folder = fs::open_directory(places_.runtime);
  const auto left = folder ? update::leave_intent(folder->get(), places_.update_unit, std::move(intent))
                           : base::Result<std::string>(base::pass(folder.error()));
  if (!left) return finish(left.error());
  jobs_.reset_failed(places_.update_unit, [this](const Answer&) {
    jobs_.queue_start(places_.update_unit, [this](const Answer& queued) {
      finish(queued ? std::nullopt : std::optional(queued.error()));
    });
  });
}

void Healer::owe_start(const std::string& unit) {
  if (memory_.start_owed == unit) return;
  memory_.start_owed = unit;
  remember_();
}

void Healer::settle() {
  if (!is_busy() || memory_.start_owed.empty() || is_overtaken()) return;
  jobs_.queue_start(memory_.start_owed, [](const Answer&) {});
}

void Healer::finish(const std::optional<base::Error>& failure) {
  steps_.clear();
  const Done done = std::exchange(done_, nullptr);
  done(failure, notes_);
}

}  // namespace watchdog
