// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace base {

// "31 %, 4 s left": of `total`, `done` took `elapsed`. The time is left out in the first seconds, when it
// would be a guess; everything is, when `total` is 0 (unknown) or less than `done`.
[[nodiscard]] std::string share_done(std::uint64_t done, std::uint64_t total,
                                     std::chrono::milliseconds elapsed);

}  // namespace base
