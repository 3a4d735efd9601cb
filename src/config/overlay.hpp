// SPDX-License-Identifier: MIT
// Internal to config/: the files of one place over settings that are there already.
#pragma once

#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace config {

// `path` if it exists, then `path`.d/*.ini in name order; errors as load() has them.
[[nodiscard]] base::Result<void> load_over(const std::string& path, Settings& settings);

}  // namespace config
