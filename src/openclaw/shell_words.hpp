// SPDX-License-Identifier: MIT
// Shell text taken apart into plain commands: what a unit's `sh -c` runs, and what a shim's lines start.
//
// Nothing is executed and nothing is expanded. Text that does more than start programs one after the other
// (pipes, conditions, redirected files, what runs in the background) is not taken apart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace openclaw {

// The words of one command. A variable stays in its word as "${NAME}", all parameters as "${@}", another "$"
// as
// "$$" (all three as ExecStart= has them), a "~" that begins a word as "${HOME}", and what another command's
// output would be as `command_output`.
using PlainCommand = std::vector<std::string>;
inline constexpr std::string_view command_output = "$(...)";

// The commands of `text`, in their order. The error's message is the reason alone ("has a pipe").
[[nodiscard]] base::Result<std::vector<PlainCommand>> plain_commands(std::string_view text);

// What follows the last '/' of a program's path. The view is one of `path`.
[[nodiscard]] std::string_view base_name(std::string_view path);

}  // namespace openclaw
