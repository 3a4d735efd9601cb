// SPDX-License-Identifier: MIT
// Which of the kept releases an operator means.
#pragma once

#include <string>

#include "base/result.hpp"
#include "release/store.hpp"

namespace update {

// Accepts any name that a release could have, whether it exists here or not: a version or the full name of a
// release. Otherwise `usage`.
[[nodiscard]] base::Result<void> require_release_name(const std::string& text);

// The name of the sealed release for a rollback: the given one, by version (then the newest of that version)
// or by full name; for an empty text the previous one. `not_found` contains where to look for the existing
// ones.
[[nodiscard]] base::Result<std::string> release_to_return_to(const release::Store& releases,
                                                             const std::string& named);

}  // namespace update
