// SPDX-License-Identifier: MIT
// The known name that an unknown name probably stands for.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace base {

// The candidate with the smallest difference, ignoring case and with _ for -; nothing if none is similar.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word,
                                                      const std::vector<std::string_view>& candidates);

}  // namespace base
