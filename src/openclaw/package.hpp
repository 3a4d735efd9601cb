// SPDX-License-Identifier: MIT
// An installed OpenClaw package, as its package.json describes it.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "openclaw/version.hpp"

namespace openclaw {

using Dependencies = std::map<std::string, std::string>;  // package name -> range as written

struct Package {
  std::string root;  // absolute, links resolved: what Node makes of it
  Version version;
  std::string version_text;
  Dependencies dependencies;  // with optionalDependencies
  // Dependencies of its own that an external root must hold as well, since what is mirrored there loads them:
  // openclaw.bundle.mirroredRootRuntimeDependencies (2026.4.29+); 2026.4.26 and 4.27 have the names in their
  // code.
  std::vector<std::string> mirrored_dependencies;
  std::string node_range;  // engines.node
  base::UniqueFd directory;
};

// Where a package notes that its postinstall has not run: 2026.8.1 and later. Each of its commands then
// refuses to work in a tree that cannot be written.
inline constexpr std::array<const char*, 2> lifecycle_marks = {".openclaw-lifecycle-pending",
                                                               "dist/openclaw-install-guard"};

// `root` must hold a package.json with name "openclaw" and a version that can be read.
[[nodiscard]] base::Result<Package> read_package(const std::string& root);

// npm's rule for a package name as far as it becomes a path: one segment, or @scope/name, [a-z0-9._-] only.
[[nodiscard]] bool is_package_name(std::string_view name);

}  // namespace openclaw
