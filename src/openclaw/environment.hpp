// SPDX-License-Identifier: MIT
// Variables of an environment and paths as OpenClaw reads them. Where they lead is in locations.hpp.
#pragma once

#include <string>
#include <string_view>

#include "base/environment.hpp"

namespace openclaw {

// Trimmed value, or empty.
[[nodiscard]] std::string variable(const base::Environment& environment, std::string_view name);

// What a shell takes for the name of a variable.
[[nodiscard]] bool is_variable_name(std::string_view name);

// Absolute, without ".", ".." and doubled slashes; links are not looked at. Relative to the working
// directory.
[[nodiscard]] std::string resolve_path(std::string_view path);

// Name of the root in a base: openclaw-<sanitized version>-<first 12 hex of sha256 of the package root's
// path>. Node resolves links before OpenClaw sees its own path: give the package root with links resolved.
[[nodiscard]] std::string stage_root_name(std::string_view version, const std::string& package_root);

}  // namespace openclaw
