// SPDX-License-Identifier: MIT
// Clocks, and times as text.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace base {

// CLOCK_BOOTTIME, which also counts during suspend and cannot be set.
[[nodiscard]] std::chrono::milliseconds since_boot();

// That clock and the boot that it belongs to: two of one boot can be subtracted, whatever was done to the
// wall clock between them.
struct Moment {
  std::string boot;  // the kernel's boot id; empty where it is not known
  std::chrono::milliseconds since_boot{0};
};
[[nodiscard]] Moment this_moment();

// Unix milliseconds by the wall clock, which jumps: for people, for what outlasts a boot, and for what is
// compared with what others wrote.
[[nodiscard]] std::int64_t unix_now_ms();

// "2026-11-21T10:15:00Z", to the second.
[[nodiscard]] std::string rfc3339(std::int64_t unix_ms);
// Unix milliseconds of what rfc3339() writes; nothing for any other text.
[[nodiscard]] std::optional<std::int64_t> from_rfc3339(const std::string& text);
// Unix milliseconds of "2026-12-01" (its first second), "2026-12-01 08:00" or with seconds, in the time zone
// of the caller; nothing for any other text, and for a day that no calendar has.
[[nodiscard]] std::optional<std::int64_t> local_time(const std::string& text);
// "20261121T101500Z": the same time within a name.
[[nodiscard]] std::string compact_time(std::int64_t unix_ms);

// "350 ms", "12 s", "4 min 10 s": how long something took.
[[nodiscard]] std::string human_duration(std::int64_t milliseconds);

}  // namespace base
