// SPDX-License-Identifier: MIT
// openclaw-update check: whether the channel has something newer, and no more than that.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

#include "tools/update_commands.hpp"

namespace tools {

// For scripts: these three, and 64 for a mistake in the command line.
inline constexpr int check_current = 0;
inline constexpr int check_newer = 1;
inline constexpr int check_unknown = 2;

struct Checked {
  std::string installed;  // the version of the current release; empty: none
  std::string newest, channel;
  std::string held;  // what keeps an update from being made, for a person; empty: nothing
};
// Of what status knows.
[[nodiscard]] Checked checked_of(const nlohmann::json& status);
// Says it; answers the exit status.
[[nodiscard]] int show_check(const UpdateOptions& options, const Checked& checked);

}  // namespace tools
