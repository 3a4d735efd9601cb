// SPDX-License-Identifier: MIT
// openclaw-finish: a sealed release as a tar archive (contract/release_archive.hpp), which is passed through
// a pipe, and the tree of such an archive. The archive may be anybody's: it is read here, without privileges,
// and the tree is no more trusted than one that was fetched. The caller seals it.
#pragma once

#include "base/result.hpp"
#include "workers/fetch/context.hpp"
#include "workers/request.hpp"

namespace workers {

// contract::PackRequest -> contract::FinishedPackage, which is empty
[[nodiscard]] base::Result<nlohmann::json> pack_release(const FetchContext& context,
                                                        const nlohmann::json& request);
// contract::UnpackRequest -> contract::ReleaseUnpacked; makes $STATE_DIRECTORY/package. Nothing is left after
// a failure: `integrity` if it is no such archive or incomplete, `refused` if a newer version has made it.
[[nodiscard]] base::Result<nlohmann::json> unpack_release(const FetchContext& context,
                                                          const nlohmann::json& request);

}  // namespace workers
