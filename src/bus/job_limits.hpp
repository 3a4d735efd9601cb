// How long a job is waited for: the time limits of its unit, by our clock.
//
// systemd counts them too, but a process of the unit may ask it for more time again and again
// (EXTEND_TIMEOUT_USEC=), and a hook that stages dependencies has to. NotifyAccess=exec, which lets it, lets
// the gateway's own process as well: systemd 252 knows no access for hooks alone, and NOTIFYACCESS= of 254
// would silence the hooks that come after the one that sends it.
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

// Why the job is waited for no longer, with the next step for a person (error kind `busy`); nothing: it may
// take longer still. `waited`: since it was asked for, which counts until its first step has begun.
[[nodiscard]] std::optional<base::Error> overdue(JobKind kind, const std::string& unit,
                                                 const ServiceStatus& now, std::chrono::microseconds waited);

}  // namespace bus
