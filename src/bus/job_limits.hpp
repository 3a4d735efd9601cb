// SPDX-License-Identifier: MIT
// How long a job is waited for: the time limits of its unit, by our clock.
//
// systemd counts them too, but a process of the unit may ask it for more time repeatedly
// (EXTEND_TIMEOUT_USEC=), and a hook that stages dependencies must. NotifyAccess=exec permits this, and
// permits it to the gateway's own process: systemd 252 cannot restrict it to hooks, and NOTIFYACCESS= of 254
// would silence the hooks after the one that sends it.
//
// Counted is each step of the job (SubState=), as systemd does: there are few, and none comes twice.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "bus/service_manager.hpp"

namespace bus {

// For one step of a job of that kind. A stop: TimeoutStopSec=, 15 min for "infinity" (no OpenClaw drains for
// more than 315 s). A start: TimeoutStartSec=, or an hour where that is shorter, which is what a hook or a
// worker that makes progress may ask for. And two minutes for systemd, a kill, and units that are waited for.
[[nodiscard]] std::chrono::seconds longest_step(JobKind kind, const ServiceStatus& unit);

// Why the wait for the job ends, with the next step for an operator (error kind `busy`); nothing: the job may
// take longer. `waited`: the time since the request, which counts until its first step has begun.
[[nodiscard]] std::optional<base::Error> overdue(JobKind kind, const std::string& unit,
                                                 const ServiceStatus& now, std::chrono::microseconds waited);

}  // namespace bus
