// Where an OpenClaw package is installed.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "openclaw/environment.hpp"

namespace openclaw {

// The managed release, then what the gateway's unit most likely runs: npm's global roots.
// `prefix` is put in front of each (a test's fake root).
[[nodiscard]] std::vector<std::string> candidate_roots(const Environment& environment,
                                                       const std::string& prefix = "");
// First candidate that holds an OpenClaw package.json; not_found names all that were tried and
// --package-root.
[[nodiscard]] base::Result<std::string> find_package_root(const Environment& environment,
                                                          const std::string& prefix = "");

}  // namespace openclaw
