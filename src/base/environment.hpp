// SPDX-License-Identifier: MIT
// Environment variables.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace base {

using Environment = std::map<std::string, std::string, std::less<>>;

// This process's own.
[[nodiscard]] Environment current_environment();

}  // namespace base
