// SPDX-License-Identifier: MIT
// openclaw-fetch: looks up versions of OpenClaw in the registry, and makes one complete package except for
// its last steps (finish.hpp), as a user that owns nothing else. It may have the registry's token, so it does
// not execute anything that it downloads, except Node and npm on a machine without npm: their checksums are
// those of the registry, and any npm gets the token.
//
//   $STATE_DIRECTORY/package/   the tree; exists only when it is complete; folders 0755, files 0644 or 0755
//   $STATE_DIRECTORY/work/      used while it is made, with the cache of the package clients; never that of
//                               an earlier instance, which could contain anything
//   $LOGS_DIRECTORY/            logs of the package clients, for operators
#pragma once

#include <span>

#include "base/result.hpp"
#include "workers/fetch/context.hpp"
#include "workers/request.hpp"

namespace workers {

// contract::ResolveRequest -> contract::ResolvedVersion
[[nodiscard]] base::Result<nlohmann::json> resolve(const FetchContext& context,
                                                   const nlohmann::json& request);
// contract::FetchRequest -> contract::FetchedPackage
// Anything that is not available is refused before large downloads: the version, a suitable Node, each
// package among the dependencies.
[[nodiscard]] base::Result<nlohmann::json> fetch(const FetchContext& context, const nlohmann::json& request);

[[nodiscard]] std::span<const Action> fetch_actions();

}  // namespace workers
