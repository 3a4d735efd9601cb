// SPDX-License-Identifier: MIT
// openclaw-finish: the last steps of a package that openclaw-fetch has made: install scripts that the
// administrator allows, OpenClaw's own postinstall, and the first runs of what was downloaded. All of it is
// code of strangers, and from its first line on it may be this process: so it is a user and a unit of its
// own, without the registry's token, and nothing that it says or leaves is read as true. Whoever started it
// judges the tree.
#pragma once

#include <span>

#include "base/result.hpp"
#include "workers/fetch/fetch.hpp"

namespace workers {

// contract::FetchRequest -> contract::FinishedPackage; works on $STATE_DIRECTORY/package.
[[nodiscard]] base::Result<nlohmann::json> finish(const FetchContext& context, const nlohmann::json& request);

// One action, "fetch": the instance is that of openclaw-fetch, whose folder it works in.
[[nodiscard]] std::span<const Action> finish_actions();

}  // namespace workers
