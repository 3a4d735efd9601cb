// SPDX-License-Identifier: MIT
// openclaw-finish: the last steps of a package from openclaw-fetch: install scripts that the administrator
// permits, OpenClaw's own postinstall, and the first runs of what was downloaded. All of this is code of
// third parties, which may take over this process from its first line on. Therefore it has its own user and
// unit, without the registry's token, and nothing that it reports or leaves is trusted. The caller verifies
// the tree.
#pragma once

#include <span>

#include "base/result.hpp"
#include "workers/fetch/fetch.hpp"

namespace workers {

// contract::FetchRequest -> contract::FinishedPackage; works on $STATE_DIRECTORY/package.
[[nodiscard]] base::Result<nlohmann::json> finish(const FetchContext& context, const nlohmann::json& request);

// For "fetch", the instance is that of openclaw-fetch, in whose folder this one works. The others are those
// of release_archive.hpp.
[[nodiscard]] std::span<const Action> finish_actions();

}  // namespace workers
