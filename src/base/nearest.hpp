// Which known name was probably meant by one that is not known.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace base {

// The candidate with the fewest slips, whatever the case and with _ for -; nothing where none is near.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word,
                                                      const std::vector<std::string_view>& candidates);

}  // namespace base
