// Is a package tree a whole OpenClaw of the version that was wanted? What can be told without running it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "openclaw/package.hpp"

namespace update {

struct PackageReport {
  std::vector<std::string> complaints;  // the first of them, in the order of the checks; empty: nothing found
  std::uint64_t complaint_count = 0;    // of all
};

// `package_fd` is the package root: package.json, openclaw.mjs, dist/, node_modules/. Its content may be
// hostile, but must not change meanwhile: ask about the sealed release rather than about what a worker left.
//   package.json        name and version are those wanted
//   entry files         openclaw.mjs, dist/entry.js, dist/index.js
//   lifecycle marker    .openclaw-lifecycle-pending is gone: its postinstall has run
//   inventory           every path of dist/postinstall-inventory.json is there (2026.4.15+)
//   content inventory   sha256, size and executable bit of dist/postinstall-content-inventory.json
//   (2026.9.5+) imports             without content inventory: relative imports in dist resolve dependencies
//   each is in node_modules, in range, with all that it requires in turn
// `overrides` are those that it was installed with (helpers.ini): the exact version instead of the range.
// An error is a failure to look, not a finding.
[[nodiscard]] base::Result<PackageReport> inspect_package(int package_fd, const std::string& wanted_version,
                                                          const openclaw::Dependencies& overrides = {});

// The same as one answer: `integrity` names the first complaint and counts the others.
[[nodiscard]] base::Result<void> validate_package(int package_fd, const std::string& wanted_version,
                                                  const openclaw::Dependencies& overrides = {});

}  // namespace update
