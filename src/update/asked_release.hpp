// SPDX-License-Identifier: MIT
// Which of the releases that are kept somebody means.
#pragma once

#include <string>

#include "base/result.hpp"
#include "release/store.hpp"

namespace update {

// What a release may be called, kept here or not: a version or the name of a release. Else `usage`.
[[nodiscard]] base::Result<void> require_release_name(const std::string& text);

// The name of the sealed release that a rollback means: the one that is named, by version (then the newest of
// it) or in full; for an empty text the previous one. `not_found` says where to look for what there is.
[[nodiscard]] base::Result<std::string> release_to_return_to(const release::Store& releases,
                                                             const std::string& named);

}  // namespace update
