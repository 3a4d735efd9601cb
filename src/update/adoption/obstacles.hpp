// SPDX-License-Identifier: MIT
// What in a gateway's unit speaks against its adoption, or has to be kept: as its files say it, where the
// service manager does not tell.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

inline constexpr std::string_view adoption_drop_in = "50-openclaw-update.conf";

// `not_found` for a unit that is not there; else `refused`, with the reason and the remedy.
[[nodiscard]] base::Result<void> require_adoptable_unit(const Installation& found);

// Is the path in a folder that ProtectHome= hides?
[[nodiscard]] bool is_hidden_by_protect_home(std::string_view path);

// Does it have commands beside ExecStart= that run as its user?
[[nodiscard]] bool sets_other_commands(const Installation& found);

// Does the file set ExecStart=?
[[nodiscard]] bool sets_command(const TextFile& file);

// What is in front of the command and has to stay there: "-", ":". `refused` for what gives it another name,
// or privileges that its user has not.
[[nodiscard]] base::Result<std::string> command_prefix(const Installation& found);

}  // namespace update
