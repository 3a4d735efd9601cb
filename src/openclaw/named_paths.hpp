// SPDX-License-Identifier: MIT
// Paths outside of the state that a config names: where agents work, and where skills and plugins are
// taken from.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "openclaw/locations.hpp"

namespace openclaw {

struct NamedPaths {
  std::vector<std::string> known;    // absolute, without dots; files that an $include names so, too
  std::vector<std::string> unknown;  // as the config has them: relative to whatever, or by another variable
  bool of_sandbox = false;           // its agents work in containers
};

// No config is none of them. Reads as whoever calls, links followed.
[[nodiscard]] base::Result<NamedPaths> read_named_paths(const Locations& locations);

// An absolute path without ".", "..", and a "/" too many; links are not looked at.
[[nodiscard]] std::string without_dots(const std::string& path);

}  // namespace openclaw
