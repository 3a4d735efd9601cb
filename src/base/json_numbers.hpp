// SPDX-License-Identifier: MIT
// Numbers of JSON for every type that a program counts in. What get<>() makes of 1e300, or of a number that
// does not fit, is undefined or another number.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/json.hpp"

namespace base {

// A whole number that fits.
template <std::integral Integer>
[[nodiscard]] std::optional<Integer> as_whole(const nlohmann::json& value) {
  if (const auto number = as_integer(value)) {
    return std::in_range<Integer>(*number) ? std::optional(static_cast<Integer>(*number)) : std::nullopt;
  }
  const auto number = as_unsigned(value);
  return number && std::in_range<Integer>(*number) ? std::optional(static_cast<Integer>(*number))
                                                   : std::nullopt;
}
// Milliseconds of some clock, Unix's or that since the boot: within 285,000 years, so that two of them can be
// subtracted.
[[nodiscard]] inline std::optional<std::int64_t> as_milliseconds(const nlohmann::json& value) {
  constexpr std::int64_t most = std::int64_t{1} << 53U;
  const auto number = as_integer(value);
  return number && *number >= -most && *number <= most ? number : std::nullopt;
}

}  // namespace base
