// SPDX-License-Identifier: MIT
// What the registry says of OpenClaw's versions.
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
  std::string integrity;  // "sha512-..." of its tarball; empty where the registry has none
  std::string node_range;
  std::string deprecated;                                  // the reason; empty: it is not
  std::uint64_t unpacked_size = 0;                         // bytes; 0: not told
  nlohmann::json dependencies = nlohmann::json::object();  // the members of its package.json that name them
  std::vector<std::string> bundled;                        // of those, what its tarball brings along
};

// npm where there is one, else the registry itself (direct_registry.hpp).
[[nodiscard]] std::unique_ptr<npm::PackageSource> registry_of(const FetchContext& context);
// "TASK, 12 s: what npm says", for the unit's status; TASK only, in the first seconds.
[[nodiscard]] npm::ProgressListener tell_progress(const FetchContext& context, std::string task);

// `wanted` is a tag or one exact version: a range is bad_input. not_found says which versions and tags there
// are near it.
[[nodiscard]] base::Result<PublishedPackage> look_up_openclaw(const FetchContext& context,
                                                              const std::string& wanted);

// Of `npm view ... --json`; `wanted` for messages, and to tell a range that fits one version from a version.
[[nodiscard]] base::Result<PublishedPackage> published_package(const nlohmann::json& answer,
                                                               std::string_view wanted);
// The strings of an array, or the one string that npm prints for an array of one.
[[nodiscard]] std::vector<std::string> version_list(const nlohmann::json& answer);
// At most four of `versions`, two on each side of where `wanted` would be; the newest where `wanted` is no
// version.
[[nodiscard]] std::vector<std::string> nearest_versions(std::string_view wanted,
                                                        const std::vector<std::string>& versions);

}  // namespace workers
