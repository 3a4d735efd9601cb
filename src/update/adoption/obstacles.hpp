// SPDX-License-Identifier: MIT
// Settings of a gateway's unit that prevent its adoption, or have to be kept. They are read from its files if
// the service manager does not report them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

inline constexpr std::string_view adoption_drop_in = "50-openclaw-update.conf";

// `not_found` if the unit does not exist; otherwise `refused`, with the reason and the remedy.
[[nodiscard]] base::Result<void> require_adoptable_unit(const Installation& found);

// Whether the path is in a folder that ProtectHome= hides.
[[nodiscard]] bool is_hidden_by_protect_home(std::string_view path);

// Whether it has commands other than ExecStart= that run as its user.
[[nodiscard]] bool sets_other_commands(const Installation& found);

// Whether the file sets ExecStart=.
[[nodiscard]] bool sets_command(const TextFile& file);

// The prefix of the command that has to be kept: "-", ":". `refused` for a prefix that changes its name, or
// grants privileges that its user does not have.
[[nodiscard]] base::Result<std::string> command_prefix(const Installation& found);

}  // namespace update
