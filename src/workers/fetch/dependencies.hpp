// SPDX-License-Identifier: MIT
// The node_modules of a package: the dependencies in its package.json, installed by the first client that
// succeeds, and the packages that its tarball bundles.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "openclaw/package.hpp"
#include "workers/fetch/fetch.hpp"

namespace workers {

struct Wanted {
  openclaw::Dependencies required, optional;
  std::vector<std::string> bundled;  // in the tarball's own node_modules (2026.9.6: a patched one)

  friend bool operator==(const Wanted&, const Wanted&) = default;
};
// `bundled`: the packages in the tarball's node_modules. They are not requested even if package.json names
// them.
[[nodiscard]] Wanted wanted_dependencies(const nlohmann::json& package_json,
                                         const std::vector<std::string>& bundled);

// Names of the packages directly in `package_root`/node_modules, scoped ones with their scope.
[[nodiscard]] base::Result<std::vector<std::string>> bundled_packages(const std::string& package_root);

struct InstalledDependencies {
  std::string client;     // "bun 1.4.5"
  std::string directory;  // absolute; contains node_modules if anything is required
};
// Installs into a folder of `workplace` (absolute, on the package's file system), and verifies the result.
// Fails before any download if the registry lacks a package. Runs no scripts.
[[nodiscard]] base::Result<InstalledDependencies> install_dependencies(const FetchContext& context,
                                                                       const Wanted& wanted,
                                                                       const std::string& workplace);

// Moves them into the package, but does not replace its own `wanted.bundled`.
[[nodiscard]] base::Result<void> add_dependencies(const FetchContext& context, const Wanted& wanted,
                                                  const InstalledDependencies& installed,
                                                  const std::string& package_root);

}  // namespace workers
