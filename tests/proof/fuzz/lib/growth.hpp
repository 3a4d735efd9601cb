// SPDX-License-Identifier: MIT
// Whether the time that a target takes grows no faster than its input.
//
//   TARGET growth SEED EVERY FILE...      all cases that EVERY and SEED draw
//   TARGET growth one CASE FILE...        one of them
//
// An input of 64 KiB, 256 KiB and 1 MiB is made from a seed: a piece of it, or one of those that parsers are
// known to trip over, is repeated, alone or in the middle of the seed. 16 times the bytes may take 64 times
// the time of this process, since a map's depth, caches and the measurement are no constants; what is
// quadratic takes 256 times.
#pragma once

#include <string>
#include <vector>

namespace target {

// The exit status. Prints a line for each case that fails, and at the end "growth: CASES FAILURES".
[[nodiscard]] int measure_growth(const std::vector<std::string>& arguments);

}  // namespace target
