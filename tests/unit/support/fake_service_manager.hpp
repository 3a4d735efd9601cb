// SPDX-License-Identifier: MIT
// A service manager that does what its script says, with a clock of its own: no bus, no waiting.
//
//   FakeServiceManager manager;
//   manager.add("openclaw.service");                       // loaded, inactive; starts and stops well
//   manager.unit("openclaw.service").on_start = [&](auto& unit) { unit.fail("exit-code"); return "failed"; };
//   manager.add("openclaw-fetch@.service");                // a template: its instances appear when asked for
//   manager.refuse("stop openclaw.service", error);        // the call fails, nothing happens
//   EXPECT_THAT(manager.calls, ElementsAre("stop openclaw.service", "start openclaw.service"));
#pragma once

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bus/job_limits.hpp"
#include "bus/service_manager.hpp"

namespace bus_tests {

struct FakeUnit {
  std::string name;
  bus::ServiceStatus status;
  bus::ServiceDefinition definition;
  std::map<std::string, std::string> environment;  // with values

  // What the end of a job does and how it ends; unset: it goes well. The result is that of the job.
  std::function<bus::JobResult(FakeUnit&)> on_start, on_stop;
  // Unset: it goes well.
  std::function<base::Result<void>(FakeUnit&, const std::vector<std::string>& what)> on_clean;
  // How long a job takes, on the fake clock; keep_waiting is asked every 200 ms of it. One that takes longer
  // than its unit's limits is waited for no longer, and goes on.
  std::chrono::milliseconds start_takes{0}, stop_takes{0};
  std::chrono::milliseconds in_state_since{0};  // on the fake clock
  // A oneshot is inactive again when its start job is done.
  bool oneshot = false;
  // So often a job that nobody waits for is seen before it has begun, and the unit as it was.
  unsigned seen_queued = 0;

  void run() {
    static int invocations = 0;
    status.invocation_id = std::string(24, '0') + std::to_string(10000000 + ++invocations);
    status.main_pid = oneshot ? 0 : 1000 + invocations;
    status.active_state = oneshot ? "inactive" : "active";
    status.sub_state = oneshot ? "dead" : "running";
    status.result = "success";
    status.exit_code = status.exit_status = 0;
  }
  void rest() {
    status.main_pid = 0;
    status.active_state = "inactive";
    status.sub_state = "dead";
  }
  // How its main process ended; 0: none has.
  void end(int code, int exit_status) {
    status.exit_code = code;
    status.exit_status = exit_status;
  }
  void fail(const std::string& result) {
    rest();
    status.active_state = status.sub_state = "failed";
    status.result = result;
    if (result == "exit-code") end(CLD_EXITED, 1);
  }
};

class FakeServiceManager final : public bus::ServiceManager {
 public:
  using milliseconds = std::chrono::milliseconds;

  // What was done, in order: "start X", "stop X", "start-without-waiting X", "reload", "reset-failed X",
  // "clean X state cache". Questions are in `questions`: "status X", "definition X", "system-state".
  std::vector<std::string> calls, questions;
  milliseconds now{0};  // moved by idle() and by jobs that take time
  // Called after the clock has moved: the world goes on meanwhile.
  std::function<void(milliseconds now)> on_time;
  std::string system = "running";

  FakeUnit& add(const std::string& name) {
    FakeUnit& unit = units_[name];
    unit.name = name;
    unit.status.load_state = "loaded";
    unit.status.result = "success";
    unit.status.fragment_path = "/usr/lib/systemd/system/" + name;
    unit.rest();
    return unit;
  }
  void remove(const std::string& name) { units_.erase(name); }

  // Made from its template if need be; added if there is neither.
  FakeUnit& unit(const std::string& name) {
    FakeUnit* known = find(name);
    return known != nullptr ? *known : add(name);
  }

  // That call, written as in `calls` or `questions`, fails from now on, until allowed.
  void refuse(const std::string& call, base::Error error) { refused_[call] = std::move(error); }
  void allow(const std::string& call) { refused_.erase(call); }

  [[nodiscard]] base::Result<bus::ServiceStatus> status(const std::string& name) override {
    if (auto asked = note(questions, "status " + name); !asked) return base::pass(asked.error());
    if (FakeUnit* unit = find(name)) {
      bus::ServiceStatus seen = unit->status;
      seen.in_state_for = now - unit->in_state_since;
      if (unit->seen_queued > 0 && unit->status.job_pending) {
        --unit->seen_queued;
        seen.active_state = "inactive";
        seen.status_text.clear();
      }
      return seen;
    }
    bus::ServiceStatus absent;
    absent.load_state = "not-found";
    absent.active_state = "inactive";
    absent.sub_state = "dead";
    return absent;
  }

  [[nodiscard]] base::Result<bus::ServiceDefinition> definition(const std::string& name) override {
    if (auto asked = note(questions, "definition " + name); !asked) return base::pass(asked.error());
    const FakeUnit* unit = find(name);
    if (unit == nullptr) return no_such_unit("ask for", name);
    return unit->definition;
  }

  [[nodiscard]] base::Result<std::map<std::string, std::string>> environment(
      const std::string& name) override {
    if (auto asked = note(questions, "environment " + name); !asked) return base::pass(asked.error());
    const FakeUnit* unit = find(name);
    return unit == nullptr ? std::map<std::string, std::string>() : unit->environment;
  }

  [[nodiscard]] base::Result<bus::JobResult> start(const std::string& name,
                                                   const bus::KeepWaiting& keep_waiting) override {
    if (auto asked = note(calls, "start " + name); !asked) return base::pass(asked.error());
    FakeUnit* unit = find(name);
    if (unit == nullptr) return no_such_unit("start", name);
    enter(*unit, "activating", "start");
    if (const auto late = pass_time(*unit, bus::JobKind::start, keep_waiting)) return base::pass(*late);
    return end_start(*unit);
  }

  [[nodiscard]] base::Result<bus::JobResult> stop(const std::string& name,
                                                  const bus::KeepWaiting& keep_waiting) override {
    if (auto asked = note(calls, "stop " + name); !asked) return base::pass(asked.error());
    FakeUnit* unit = find(name);
    if (unit == nullptr) return no_such_unit("stop", name);
    if (unit->status.active_state == "active" || unit->status.active_state == "activating") {
      enter(*unit, "deactivating", "stop-sigterm");
    }
    if (const auto late = pass_time(*unit, bus::JobKind::stop, keep_waiting)) return base::pass(*late);
    if (unit->on_stop) return unit->on_stop(*unit);
    unit->rest();
    return "done";
  }

  // Its job is done as soon as the clock has moved that far.
  [[nodiscard]] base::Result<void> start_without_waiting(const std::string& name) override {
    if (auto asked = note(calls, "start-without-waiting " + name); !asked) return asked;
    FakeUnit* unit = find(name);
    if (unit == nullptr) return no_such_unit("start", name);
    unit->status.job_pending = true;
    // It waits until the unit has ended.
    if (unit->status.active_state == "deactivating") return {};
    enter(*unit, "activating", "start");
    queued_[name] = now + unit->start_takes;
    return {};
  }

  [[nodiscard]] base::Result<void> reload() override {
    if (auto asked = note(calls, "reload"); !asked) return asked;
    for (auto& [name, unit] : units_) unit.status.need_daemon_reload = false;
    return {};
  }

  [[nodiscard]] base::Result<void> reset_failed(const std::string& name) override {
    if (auto asked = note(calls, "reset-failed " + name); !asked) return asked;
    FakeUnit* unit = find(name);
    if (unit == nullptr) return {};
    unit->status.restarts = 0;
    unit->status.result = "success";
    if (unit->status.active_state == "failed") unit->rest();
    return {};
  }

  [[nodiscard]] base::Result<void> clean(const std::string& name,
                                         const std::vector<std::string>& what) override {
    std::string call = "clean " + name;
    for (const std::string& kind : what) call += " " + kind;
    if (auto asked = note(calls, call); !asked) return asked;
    FakeUnit* unit = find(name);
    if (unit == nullptr) return no_such_unit("remove the directories of", name);
    if (unit->status.active_state != "inactive" && unit->status.active_state != "failed") {
      return base::fail(base::ErrorKind::busy, "cannot remove the directories of " + name + ": it runs");
    }
    if (unit->status.active_state == "failed") unit->rest();
    return unit->on_clean ? unit->on_clean(*unit, what) : base::Result<void>{};
  }

  [[nodiscard]] base::Result<std::string> system_state() override {
    if (auto asked = note(questions, "system-state"); !asked) return base::pass(asked.error());
    return system;
  }

  void idle(milliseconds time) override {
    now += time;
    end_queued();
    if (on_time) on_time(now);
  }

 private:
  base::Result<void> note(std::vector<std::string>& list, const std::string& call) {
    list.push_back(call);
    const auto refused = refused_.find(call);
    if (refused == refused_.end()) return {};
    return base::pass(refused->second);
  }

  FakeUnit* find(const std::string& name) {
    if (const auto known = units_.find(name); known != units_.end()) return &known->second;
    const auto at = name.find('@');
    const auto dot = name.rfind('.');
    if (at == std::string::npos || dot == std::string::npos || dot < at) return nullptr;
    const auto pattern = units_.find(name.substr(0, at + 1) + name.substr(dot));
    if (pattern == units_.end()) return nullptr;
    FakeUnit& instance = units_[name] = pattern->second;
    instance.name = name;
    return &instance;
  }

  static bus::JobResult end_start(FakeUnit& unit) {
    unit.status.job_pending = false;
    if (unit.on_start) return unit.on_start(unit);
    unit.run();
    return "done";
  }

  void enter(FakeUnit& unit, const char* active_state, const char* sub_state) const {
    if (unit.status.sub_state != sub_state) unit.in_state_since = now;
    unit.status.active_state = active_state;
    unit.status.sub_state = sub_state;
  }

  // Why the waiting was given up, if it was: the job is still there.
  std::optional<base::Error> pass_time(FakeUnit& unit, bus::JobKind kind,
                                       const bus::KeepWaiting& keep_waiting) {
    constexpr milliseconds step{200};
    const bool starts = kind == bus::JobKind::start;
    const milliseconds begun = now;
    unit.status.job_pending = true;
    for (milliseconds left = starts ? unit.start_takes : unit.stop_takes; left.count() > 0;) {
      if (keep_waiting && !keep_waiting()) return gave_up(starts ? "start" : "stop", unit.name);
      unit.status.in_state_for = now - unit.in_state_since;
      if (auto late = bus::overdue(kind, unit.name, unit.status, now - begun)) return late;
      const milliseconds slept = std::min(step, left);
      left -= slept;
      idle(slept);
    }
    unit.status.job_pending = false;
    return std::nullopt;
  }

  void end_queued() {
    for (auto job = queued_.begin(); job != queued_.end();) {
      if (job->second > now) {
        ++job;
        continue;
      }
      FakeUnit* unit = find(job->first);
      job = queued_.erase(job);
      if (unit != nullptr) end_start(*unit);
    }
  }

  static tl::unexpected<base::Error> no_such_unit(const std::string& verb, const std::string& name) {
    return base::fail(base::ErrorKind::not_found,
                      "cannot " + verb + " " + name + ": Unit " + name + " not found");
  }
  static base::Error gave_up(const std::string& verb, const std::string& name) {
    return {base::ErrorKind::busy, 0,
            "stopped waiting to " + verb + " " + name + ", and the job continues: systemctl status " + name};
  }

  std::map<std::string, FakeUnit> units_;
  std::map<std::string, base::Error> refused_;
  std::map<std::string, milliseconds> queued_;  // when its job ends
};

}  // namespace bus_tests
