#pragma once

#include <cstdint>

namespace watchdog {

// Of the real clock, which jumps: for what outlasts a boot, or is compared with what others wrote.
[[nodiscard]] std::int64_t unix_now_ms();

}  // namespace watchdog
