// SPDX-License-Identifier: MIT
// openclaw-fetch: what the registry has of OpenClaw, and one complete package of it but for its last steps
// (finish.hpp), as a user that owns nothing else. It may hold the registry's token, so nothing of what it
// downloads is executed here, but for the Node and the npm of a machine that has no npm: both as the registry
// states them, and trusted with the token as any npm is.
//
//   $STATE_DIRECTORY/package/   the tree, there only when all of it is; folders 0755, files 0644 or 0755
//   $STATE_DIRECTORY/work/      while it is made, with the cache of the package clients: the one of an
//                               earlier instance could say anything, so there is none
//   $LOGS_DIRECTORY/            of the package clients, for people
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
// What cannot be had is refused before anything large is downloaded: the version, a Node that fits, each
// package that the dependencies lead to.
[[nodiscard]] base::Result<nlohmann::json> fetch(const FetchContext& context, const nlohmann::json& request);

[[nodiscard]] std::span<const Action> fetch_actions();

}  // namespace workers
