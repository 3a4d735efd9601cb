// SPDX-License-Identifier: MIT
// Where an OpenClaw package is installed.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "openclaw/locations.hpp"

namespace openclaw {

struct Located {
  std::string root;  // as it was found; links of the last part are not resolved
  // All that was looked at before, and `root` as the last: what would lead elsewhere if it changed.
  std::vector<std::string> looked_at;
};

// The managed release, then what the gateway's unit most likely runs: what `openclaw` on PATH leads to, npm's
// global roots, /app of the official image, and where package clients and version managers put it in the
// home. `not_found` names all that was looked at, and the two ways to name the folder.
//
// `prefix` is put in front of each (a test's fake root).
[[nodiscard]] base::Result<Located> locate_package(const Locations& locations,
                                                   const std::string& prefix = "");

}  // namespace openclaw
