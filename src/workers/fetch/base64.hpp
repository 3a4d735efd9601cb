// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace workers {

// The bytes that the text stands for, with or without padding; nothing for a text that is not base64.
[[nodiscard]] std::optional<std::string> bytes_of_base64(std::string_view text);

}  // namespace workers
