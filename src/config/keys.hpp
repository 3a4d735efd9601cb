// SPDX-License-Identifier: MIT
// The table of all keys: what can be set, how it is read, and what to say of it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/ini_text.hpp"
#include "config/settings.hpp"

namespace config {

struct Key {
  std::string_view section;
  std::string_view name;
  std::string_view values;  // "auto|npm|pnpm|bun", for people
  std::string_view help;
  // An empty value sets the built-in default again; the error is the reason alone.
  base::Result<void> (*set)(Settings& settings, std::string_view value);
};

// In the order of the manual. [overrides] is not in it: its keys are package names.
[[nodiscard]] std::span<const Key> keys();
inline constexpr std::string_view overrides_section = "overrides";

// Sets what `file` assigns. The errors name file, line, section and key, and the nearest key that exists.
[[nodiscard]] base::Result<void> apply(const std::vector<Assignment>& assignments, const std::string& file,
                                       Settings& settings);

}  // namespace config
