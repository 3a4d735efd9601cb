// SPDX-License-Identifier: MIT
// What a start script does besides starting something: whether it only stands for a program, as the shims of
// package clients do, or makes preparations that the gateway needs.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace openclaw {

// By name, never with a value ("export SITE_TOKEN", "set", "ROOT="), in the script's order. Nothing for a
// shim of npm, pnpm or asdf, which finds out its own folder, sets NODE_PATH and starts a command, and nothing
// for a script that does no more than that. Lines that go on are one line already.
[[nodiscard]] std::vector<std::string> done_besides(std::string_view script);

// A shim that says in a comment what it stands for: of pnpm 11 and later ("# cmd-shim-target=PATH"), and of
// aube, which mise has within it. It finds out the folder that it is in by more than a line, and keeps that
// in these.
[[nodiscard]] bool is_marked_shim(std::string_view script);
inline constexpr std::array<const char*, 2> folders_of_shim{"basedir", "basedir_abs"};

}  // namespace openclaw
