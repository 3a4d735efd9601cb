// SPDX-License-Identifier: MIT
#include "event/loop.hpp"

#include <algorithm>

namespace event {

void Timer::set(std::chrono::milliseconds after) {
  using std::chrono::microseconds;
  // Woken together with other timers of the machine: nothing here needs a separate wake-up.
  constexpr auto accuracy = static_cast<std::uint64_t>(microseconds(std::chrono::milliseconds{250}).count());
  const auto time =
      static_cast<std::uint64_t>(microseconds(std::max(after, std::chrono::milliseconds::zero())).count());
  sd_event_source* made = nullptr;
  static_cast<void>(
      sd_event_add_time_relative(loop_, &made, CLOCK_BOOTTIME, time, accuracy, &Timer::on_time, this));
  source_.reset(made);
}

int Timer::on_time(sd_event_source* /*source*/, std::uint64_t /*now*/, void* self) {
  auto* timer = static_cast<Timer*>(self);
  // Before the call, which may set it again.
  const SourcePointer rung = std::move(timer->source_);
  timer->ring_();
  return 0;
}

}  // namespace event
