// SPDX-License-Identifier: MIT
// Simulates a gateway under systemd second by second: the lives of its processes are data, and the service
// manager behaves as with the shipped unit (Restart=always, RestartSec=5, ten starts in 300 s, no restart
// after 78). The policy is called at the same times as by the daemon: after a change, when a probe is due,
// and when it has requested it.
#pragma once

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "watchdog/events.hpp"
#include "watchdog/journal_lines.hpp"
#include "watchdog/policy.hpp"

namespace watchdog_tests {

using watchdog::Act;
using watchdog::Time;

constexpr int never = 1'000'000'000;

// One process of the gateway; seconds since its start.
struct Life {
  int live_after = 5, ready_after = 8;
  int dies_after = never, exit_status = 1;
  int silent_from = never, silent_until = never;  // a connection is accepted, but there is no answer
  int closed_from = never, closed_until = never;  // no process listens
  int draining_from = never, draining_until = never;
  int unready_from = never, unready_until = never;
  bool html = false;                              // answers everything with its control UI
  int unseen_from = never, unseen_until = never;  // it cannot be asked
  std::vector<std::string> log;
  std::vector<watchdog::Line> read = {};  // what is read of its journal, where that is not the same
  int staged_for = 0;                     // by ExecStartPre=, before its process exists
};

struct Done {
  int at = 0;
  Act act = Act::none;
};

class World {
 public:
  watchdog::Rules rules;
  std::deque<Life> lives{Life{}};  // one for each start; the last one is reused
  int start_limit = 10;
  int stop_takes = 2;
  int updater_begins_after = 0;  // after the start of a rollback
  watchdog::Memory memory;
  std::optional<watchdog::Promotion> promotion;
  int promoted_at = 0;  // second of the simulation; negative: before its start
  std::map<int, std::function<void(World&)>> script;

  bool manager_answers = true, machine_stops = false, masked = false, stranger_on_port = false;
  bool journal_is_silent = false;
  bool disk_is_full = false, port_is_of_others = false;
  bool ends_for_good_with_78 = true;  // RestartPreventExitStatus=78
  watchdog::Update update = watchdog::Update::none;

  std::vector<Done> done;
  std::vector<watchdog::Report> reports;
  std::vector<std::string> statuses;  // without repetitions

  // Actions of an operator, or of another program.
  void person_starts() {
    unit_.restarts = 0;
    start();
  }
  void person_stops(int takes = 2, bool ends_badly = false) {
    unit_.active_state = "deactivating";
    unit_.sub_state = "stop-sigterm";
    unit_.job_pending = true;
    stopped_at_ = now_ + takes;
    ends_badly_ = ends_badly;
  }
  void queue_job() { unit_.job_pending = true; }
  void freeze() { unit_.freezer_state = "frozen"; }
  void thaw() { unit_.freezer_state = "running"; }
  void end_job() { unit_.job_pending = false; }
  void fail(const std::string& result) {
    unit_.active_state = unit_.sub_state = "failed";
    unit_.result = result;
    unit_.main_pid = 0;
    restarts_at_ = never;
  }
  void never_started() {
    unit_.active_state = "inactive";
    unit_.sub_state = "dead";
    unit_.invocation_id.clear();
    unit_.main_pid = 0;
  }
  [[nodiscard]] const bus::ServiceStatus& unit() const { return unit_; }

  // The watchdog looks from the first second on.
  void run(int seconds) {
    watchdog::Policy policy(rules, memory);
    if (unit_.active_state.empty()) person_starts();
    for (now_ = 0; now_ <= seconds; ++now_) {
      const auto before = snapshot();
      if (const auto entry = script.find(now_); entry != script.end()) entry->second(*this);
      turn();
      const bool changed = now_ == 0 || before != snapshot();
      const bool probes = asks_ && now_ >= probe_at_;
      if (changed || probes || now_ >= look_at_) look(policy, probes);
    }
  }

 private:
  using State =
      std::tuple<std::string, std::string, std::string, bool, unsigned, bool, bool, bool, int, std::string>;
  [[nodiscard]] State snapshot() const {
    return {unit_.active_state,       unit_.sub_state,    unit_.invocation_id, unit_.job_pending,
            unit_.restarts,           machine_stops,      manager_answers,     masked,
            static_cast<int>(update), unit_.freezer_state};
  }

  void start() {
    if (lives.size() > 1 && starts_ > 0) lives.pop_front();
    ++starts_;
    started_.push_back(now_);
    unit_.load_state = "loaded";
    unit_.active_state = "active";
    unit_.sub_state = "running";
    unit_.result = "success";
    unit_.main_pid = 1000 + starts_;
    unit_.exit_code = 0;
    unit_.job_pending = false;
    thaw();
    char id[33];
    std::snprintf(id, sizeof id, "%032d", starts_);
    unit_.invocation_id = id;
    logs_[id] = lives.front().read;
    for (const std::string& line : lives.front().log) logs_[id].push_back({line});
    born_ = now_;
    restarts_at_ = stopped_at_ = never;
    if (lives.front().staged_for == 0) return;
    unit_.active_state = "activating";
    unit_.sub_state = "start-pre";
    unit_.main_pid = 0;
  }

  void execute_when_staged() {
    if (unit_.sub_state != "start-pre" || now_ - born_ < lives.front().staged_for) return;
    unit_.active_state = "active";
    unit_.sub_state = "running";
    unit_.main_pid = 1000 + starts_;
  }

  void die() {
    unit_.main_pid = 0;
    exits_[unit_.invocation_id] = lives.front().exit_status;
    unit_.exit_code = CLD_EXITED;
    unit_.exit_status = lives.front().exit_status;
    unit_.result = unit_.exit_status == 0 ? "success" : "exit-code";
    if (unit_.exit_status == 78 && ends_for_good_with_78) return fail("exit-code");
    unit_.active_state = "activating";
    unit_.sub_state = "auto-restart";
    restarts_at_ = now_ + 5;
  }

  void restart_by_manager() {
    restarts_at_ = never;
    const auto recent =
        std::count_if(started_.begin(), started_.end(), [&](int at) { return now_ - at < 300; });
    if (recent >= start_limit) return fail("start-limit-hit");
    ++unit_.restarts;
    start();
  }

  void turn() {
    unit_.load_state = masked ? "masked" : "loaded";
    if (act_ends_ == now_) finish_act();
    if (stopped_at_ == now_) {
      unit_.job_pending = false;
      unit_.main_pid = 0;
      stopped_at_ = restarts_at_ = never;
      if (ends_badly_) return fail("timeout");
      unit_.active_state = "inactive";
      unit_.sub_state = "dead";
    }
    if (restarts_at_ == now_) restart_by_manager();
    execute_when_staged();
    const bool alive = unit_.active_state == "active";
    if (alive && now_ - born_ >= lives.front().dies_after) die();
  }

  [[nodiscard]] std::optional<watchdog::Probe> probe() const {
    const Life& life = lives.front();
    const int age = now_ - born_;
    const auto within = [&](int from, int until) { return age >= from && age < until; };
    watchdog::Probe probe;
    openclaw::GatewayHealth& health = probe.health;
    if (unit_.active_state == "active" && within(life.unseen_from, life.unseen_until)) {
      probe.unseen = "it listens on 192.0.2.7";
      return probe;
    }
    if (stranger_on_port) {
      health.reachable = health.live = health.known = health.ready = true;
      return probe;
    }
    if (unit_.active_state != "active" || age < life.live_after ||
        within(life.closed_from, life.closed_until)) {
      health.detail = "no process of its unit listens on a TCP port";
      return probe;
    }
    probe.listening = within(life.silent_from, life.silent_until) || life.html;
    health.reachable = life.html;
    if (probe.listening) return probe;
    probe.endpoint = openclaw::GatewayEndpoint{false, "127.0.0.1", 18789};
    health.reachable = true;
    health.live = health.known = true;
    health.draining = within(life.draining_from, life.draining_until);
    const bool unready = age < life.ready_after || within(life.unready_from, life.unready_until);
    if (unready) health.failing = {"telegram"};
    health.ready = !unready && !health.draining;
    return probe;
  }

  void look(watchdog::Policy& policy, bool probes) {
    watchdog::Observation seen;
    seen.manager_answers = manager_answers;
    seen.unit = unit_;
    seen.machine_stops = machine_stops;
    seen.acting = act_ends_ != never;
    seen.update = update;
    seen.release = "2026.9.6-1f3a9c2e";
    seen.promotion = promotion;
    if (seen.promotion) seen.promotion->age = std::chrono::seconds{now_ - promoted_at};
    if (probes) {
      seen.probe = probe();
      probe_at_ = now_ + static_cast<int>(rules.interval.count());
    }
    const Time time = std::chrono::hours{24} + std::chrono::seconds{now_};
    auto decision = policy.look(seen, time);
    seen.probe.reset();
    if (!decision.scan.empty()) {
      seen.diagnosis = diagnose(decision.scan);
      reports.insert(reports.end(), decision.reports.begin(), decision.reports.end());
      decision = policy.look(seen, time);
    }
    reports.insert(reports.end(), decision.reports.begin(), decision.reports.end());
    if (decision.probe && !asks_) probe_at_ = now_;
    asks_ = decision.probe;
    look_at_ = now_ + static_cast<int>(std::chrono::ceil<std::chrono::seconds>(decision.next - time).count());
    const std::string status = watchdog::status_of(policy.standing(), "2026.9.6");
    if (statuses.empty() || statuses.back() != status) statuses.push_back(status);
    if (decision.act != Act::none) begin(decision.act);
  }

  [[nodiscard]] watchdog::Diagnosis diagnose(const std::string& invocation) const {
    const auto log = logs_.find(invocation);
    const auto lines = log == logs_.end() || journal_is_silent ? std::vector<watchdog::Line>{} : log->second;
    watchdog::Facts facts;
    if (const auto ended = exits_.find(invocation); ended != exits_.end()) facts.exit_status = ended->second;
    if (disk_is_full) facts.full_file_system = "/var/lib/openclaw";
    facts.port_is_of_others = port_is_of_others;
    const bool listens = unit_.active_state == "active" && now_ - born_ >= lives.front().live_after;
    return {invocation, watchdog::matches(lines, facts), watchdog::last_of(lines), listens};
  }

  void begin(Act act) {
    done.push_back({now_, act});
    act_ = act;
    act_ends_ = now_ + stop_takes + (act == Act::stage ? 5 : 0);
    restarts_at_ = never;
    if ((act == Act::rollback || act == Act::resume) && updater_begins_after > 0) {
      act_ends_ = never;  // only queued
    } else if (act == Act::rollback || act == Act::resume) {
      update = watchdog::Update::at_work;
      act_ends_ = now_ + 60;
    } else if (act != Act::start) {
      unit_.active_state = "deactivating";
    }
  }

  void finish_act() {
    act_ends_ = never;
    if (act_ == Act::rollback || act_ == Act::resume) {
      update = watchdog::Update::none;
      promotion.reset();
      lives = {Life{}};
    }
    started_.clear();
    unit_.restarts = 0;
    if (act_ != Act::stop) return start();
    unit_.active_state = "inactive";
    unit_.main_pid = 0;
  }

  bus::ServiceStatus unit_;
  int now_ = 0, born_ = 0, starts_ = 0;
  std::vector<int> started_;
  int restarts_at_ = never, stopped_at_ = never, act_ends_ = never;
  bool ends_badly_ = false;
  Act act_ = Act::none;
  std::map<std::string, std::vector<watchdog::Line>> logs_;
  std::map<std::string, int> exits_;
  bool asks_ = false;
  int probe_at_ = 0, look_at_ = 0;
};

}  // namespace watchdog_tests
