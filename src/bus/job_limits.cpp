// SPDX-License-Identifier: MIT
#include "bus/job_limits.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"

namespace bus {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds margin = 2min;
constexpr seconds stop_without_limit = 15min;
constexpr seconds shortest_limit_of_start = 1h;

std::string duration(std::chrono::microseconds time) {
  return base::human_duration(std::chrono::duration_cast<milliseconds>(time).count());
}

bool has_begun(JobKind kind, const ServiceStatus& now) {
  return now.active_state == (kind == JobKind::stop ? "deactivating" : "activating");
}

}  // namespace

seconds longest_step(JobKind kind, const ServiceStatus& unit) {
  using std::chrono::duration_cast;
  if (kind == JobKind::stop) {
    return (unit.stop_timeout ? duration_cast<seconds>(*unit.stop_timeout) : stop_without_limit) + margin;
  }
  const auto limit = unit.start_timeout ? duration_cast<seconds>(*unit.start_timeout) : 0s;
  return std::max(limit, shortest_limit_of_start) + margin;
}

std::optional<base::Error> overdue(JobKind kind, const std::string& unit, const ServiceStatus& now,
                                   std::chrono::microseconds waited) {
  const std::chrono::microseconds took =
      has_begun(kind, now) && now.in_state_for > 0s ? now.in_state_for : waited;
  if (took <= longest_step(kind, now)) return std::nullopt;
  const bool stops = kind == JobKind::stop;
  constexpr std::string_view why_and_next_step =
      "), and one of its processes may be extending the timeout (NotifyAccess=); "
      "systemctl status ";
  return base::Error{
      base::ErrorKind::busy, 0,
      base::concat({unit, stops ? " has not ended" : " has not started", " ", duration(took),
                    " after the request, which is longer than its ",
                    stops ? "TimeoutStopSec=" : "TimeoutStartSec=", " allows: it is ", now.active_state, " (",
                    now.sub_state, why_and_next_step, unit,
                    " shows its processes, and systemctl kill --signal=SIGKILL ", unit, " ends them"})};
}

}  // namespace bus
