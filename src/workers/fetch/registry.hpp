// SPDX-License-Identifier: MIT
// Queries the registry about OpenClaw's versions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "npm/query.hpp"
#include "workers/fetch/fetch.hpp"

namespace workers {

inline constexpr const char* openclaw_name = "openclaw";

struct PublishedPackage {
  std::string version;
  std::string integrity;  // "sha512-..." of its tarball; empty if the registry has none
  std::string node_range;
  std::string deprecated;                                  // the reason; empty: not deprecated
  std::uint64_t unpacked_size = 0;                         // bytes; 0: unknown
  nlohmann::json dependencies = nlohmann::json::object();  // the dependency members of its package.json
  std::vector<std::string> bundled;                        // those of them that its tarball contains
};

// Asks through npm, or, without npm, asks the registry directly (direct_registry.hpp).
[[nodiscard]] std::unique_ptr<npm::PackageSource> registry_of(const FetchContext& context);
// Reports "TASK, 12 s: last line of npm" as the unit's status; only TASK in the first seconds.
[[nodiscard]] npm::ProgressListener tell_progress(const FetchContext& context, std::string task);

// `wanted` is a tag or one exact version; a range is bad_input. not_found lists the nearest versions, and the
// tags.
[[nodiscard]] base::Result<PublishedPackage> look_up_openclaw(const FetchContext& context,
                                                              const std::string& wanted);

// From `npm view ... --json`. `wanted` is used in messages, and to distinguish a version from a range that
// only one version satisfies.
[[nodiscard]] base::Result<PublishedPackage> published_package(const nlohmann::json& answer,
                                                               std::string_view wanted);
// The strings of an array, or the one string that npm prints for an array of one.
[[nodiscard]] std::vector<std::string> version_list(const nlohmann::json& answer);
// At most four of `versions`, two on each side of the place of `wanted`; the newest if `wanted` is not a
// version.
[[nodiscard]] std::vector<std::string> nearest_versions(std::string_view wanted,
                                                        const std::vector<std::string>& versions);

}  // namespace workers
