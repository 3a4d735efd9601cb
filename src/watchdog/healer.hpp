// SPDX-License-Identifier: MIT
// Does what the policy has decided, step after step, without waiting: stop and start jobs, the worker that
// stages plugin dependencies, the units of openclaw-update.
//
// No byte of npm, Node or OpenClaw runs in here, and nothing is killed: a stop takes as long as the gateway's
// own unit allows.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bus/unit_follower.hpp"
#include "contract/envelope.hpp"
#include "update/intent.hpp"
#include "watchdog/memory.hpp"
#include "watchdog/policy.hpp"

namespace watchdog {

struct HealerPlaces {
  std::string requests = contract::request_directory;
  std::string releases = "/var/lib/openclaw-update/releases";
  std::string runtime = "/run/openclaw-update";
  std::string gateway = {};  // its name; empty: the one without
  std::string update_unit = update::update_unit;
  std::string resume_unit = "openclaw-update-resume.service";
};

// What an act is about.
struct Case {
  std::string unit;
  bool runs = false;              // its process does, so it serves while dependencies are staged
  std::string release, previous;  // names, of what `current` and `previous` lead to
  std::string gateway_state;      // the gateway's state directory
  std::string reason;
};

class Healer {
 public:
  // What went wrong, if anything; what is not to be kept quiet besides.
  using Done =
      std::function<void(const std::optional<base::Error>& failure, const std::vector<std::string>& notes)>;
  // `remember` is called after `memory` has changed, before the step that makes it matter.
  Healer(bus::UnitJobs& jobs, Memory& memory, std::function<void()> remember, HealerPlaces places = {})
      : jobs_(jobs), memory_(memory), remember_(std::move(remember)), places_(std::move(places)) {}

  [[nodiscard]] bool is_busy() const { return static_cast<bool>(done_); }
  void begin(Act act, Case what, Done done);
  // The program ends: a gateway that was stopped in order to be started is started.
  void settle();

 private:
  enum class Step { stop, stage, reset, start, roll_back, resume };
  using Answer = base::Result<bus::JobResult>;

  static std::deque<Step> steps_of(Act act, bool runs);
  void go_on();
  void perform(Step step);
  void stop();
  void stage();
  void start();
  void roll_back();
  void owe_start(const std::string& unit);
  void after_stop(const Answer& ended);
  void after_stage(const contract::Task& task, const Answer& ended);
  void after_start(const Answer& ended);
  void finish(const std::optional<base::Error>& failure);

  bus::UnitJobs& jobs_;
  Memory& memory_;
  std::function<void()> remember_;
  HealerPlaces places_;
  std::deque<Step> steps_;
  Case case_;
  std::vector<std::string> notes_;
  Done done_;
  unsigned begun_ = 0;  // acts, so that a late answer is not taken for one to the act after it
};

}  // namespace watchdog
