// A point on the clock that nobody sets.
#pragma once

#include <chrono>
#include <string>

namespace base {

// CLOCK_BOOTTIME, which counts in suspend too, and the boot that it belongs to: two of one boot can be
// subtracted, whatever was done to the wall clock between them.
struct Moment {
  std::string boot;  // the kernel's boot id; empty where it does not tell
  std::chrono::milliseconds since_boot{0};
};
[[nodiscard]] Moment this_moment();

}  // namespace base
