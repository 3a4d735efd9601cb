// SPDX-License-Identifier: MIT
// Carries out what the policy has decided, step by step and without blocking: stop and start jobs, the worker
// that stages plugin dependencies, and the units of openclaw-update.
//
// No code of npm, Node or OpenClaw runs in this process, and nothing is killed: a stop takes as long as the
// unit of the gateway allows.
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
  std::string gateway = {};  // its name; empty: the gateway without a name
  std::string update_unit = update::update_unit;
  std::string resume_unit = "openclaw-update-resume.service";
};

// The gateway that an act is applied to.
struct Case {
  std::string unit;
  bool runs = false;              // its process is running, so it serves while dependencies are staged
  std::string release, previous;  // names of the releases that `current` and `previous` point to
  std::string gateway_state;      // the gateway's state directory
  std::string reason;
};

// What others have done about the gateway since the act began.
enum class Meanwhile {
  nothing,
  update,  // an update is in progress, or has changed the release
  stop,    // stopped it, or are stopping it
  freeze,
};

class Healer {
 public:
  // The first argument is the error, if any; the second one is what has to be reported in addition.
  using Done =
      std::function<void(const std::optional<base::Error>& failure, const std::vector<std::string>& notes)>;
  // `remember` is called after `memory` has changed, and before the step to which the change applies.
  // `meanwhile` is asked before each stop and each start. If others have decided about the gateway, the act
  // ends with a note. What the act itself has stopped is then still owed a start, except after a stop by
  // others.
  Healer(
      bus::UnitJobs& jobs, Memory& memory, std::function<void()> remember, HealerPlaces places = {},
      std::function<Meanwhile()> meanwhile = [] { return Meanwhile::nothing; })
      : jobs_(jobs),
        memory_(memory),
        remember_(std::move(remember)),
        places_(std::move(places)),
        meanwhile_(std::move(meanwhile)) {}

  [[nodiscard]] bool is_busy() const { return static_cast<bool>(done_); }
  // The act began with a gateway that ran, and has not stopped it: if it is down, others have.
  [[nodiscard]] bool has_left_it_running() const { return is_busy() && case_.runs && !has_stopped_; }
  void begin(Act act, Case what, Done done);
  // Called when the program ends: starts a gateway that was stopped for a restart.
  void settle();

 private:
  enum class Step { stop, stage, reset, start, roll_back, resume };
  using Answer = base::Result<bus::JobResult>;

  static std::deque<Step> steps_of(Act act, bool runs);
  void go_on();
  [[nodiscard]] bool is_overtaken();
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
  std::function<Meanwhile()> meanwhile_;
  std::deque<Step> steps_;
  Case case_;
  std::vector<std::string> notes_;
  Done done_;
  bool has_stopped_ = false;
  unsigned begun_ = 0;  // number of acts, to ignore a late answer to an earlier one
};

}  // namespace watchdog
