// SPDX-License-Identifier: MIT
// Honest readiness for a unit of Type=exec, as its ExecStartPost=: OpenClaw has no sd_notify (openclaw
// #66512), so the start job ends when this has seen the gateway ready, and STATUS= says what it waits for.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/result.hpp"
#include "systemd/notify.hpp"
#include "watchdog/once.hpp"

namespace watchdog {

struct Wait {
  Where where;                        // its control group is found by the process, if that is known
  std::int64_t main_pid = 0;          // of the gateway ($MAINPID); 0: not known
  std::chrono::milliseconds time{0};  // at most; a gateway that is slower is left to start on
};

// The last look. Where the process is known, no service manager is asked, since the unit of a gateway that is
// waited for is not active yet. Ends early when the gateway's process does; then `ended` is true.
struct Waited {
  Look look;
  bool ended = false;
};
[[nodiscard]] base::Result<Waited> await_ready(const Wait& wait, systemd::Notifier& notifier,
                                               const bus::Connector& connector);

// "/system.slice/x.service", of what /proc/PID/cgroup says; empty where the process is in none of a unit's.
[[nodiscard]] std::string control_group_in(const std::string& text);

}  // namespace watchdog
