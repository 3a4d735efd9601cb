// SPDX-License-Identifier: MIT
// Real readiness for a unit of Type=exec, as its ExecStartPost=: OpenClaw has no sd_notify (openclaw #66512),
// so the start job ends when this program has seen the gateway ready, and STATUS= says what it waits for.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/result.hpp"
#include "systemd/notify.hpp"
#include "watchdog/once.hpp"

namespace watchdog {

struct Wait {
  Where where;                        // the control group is found by means of main_pid, if that is known
  std::int64_t main_pid = 0;          // of the gateway ($MAINPID); 0: unknown
  std::chrono::milliseconds time{0};  // the longest wait; a slower gateway is left to complete its start
};

// Returns the last look. If the process is known, no service manager is asked, because the unit of a gateway
// that is waited for is not active yet. Returns early, with `ended`, when the process of the gateway ends.
struct Waited {
  Look look;
  bool ended = false;
};
[[nodiscard]] base::Result<Waited> await_ready(const Wait& wait, systemd::Notifier& notifier,
                                               const bus::Connector& connector);

// "/system.slice/x.service", from the text of /proc/PID/cgroup; empty if the process is in no unit's group.
[[nodiscard]] std::string control_group_in(const std::string& text);

}  // namespace watchdog
