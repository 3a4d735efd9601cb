// SPDX-License-Identifier: MIT
// When a hold ends by itself: --until and --for of openclaw-update hold.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace tools {

// Unix milliseconds of a day or a time in the caller's time zone: "2026-12-01", "2026-12-01 08:00". `usage`
// for any other text, and for a time that is over at `now_ms`.
[[nodiscard]] base::Result<std::int64_t> hold_end_at(const std::string& text, std::int64_t now_ms);
// The same of "3d", "12h", "1w 2d", counted from `now_ms`; at most a year.
[[nodiscard]] base::Result<std::int64_t> hold_end_after(const std::string& text, std::int64_t now_ms);

}  // namespace tools
