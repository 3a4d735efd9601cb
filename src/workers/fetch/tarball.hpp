// SPDX-License-Identifier: MIT
// A tarball of the registry: whether it is what was promised, and its content on disk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace workers {

// The sha512 in an `integrity` of the registry ("sha512-<base64>", maybe among others) as lower-case hex.
// bad_input where there is none.
[[nodiscard]] base::Result<std::string> sha512_of_integrity(std::string_view integrity);

// `integrity` says file, promised and real checksum where they differ.
[[nodiscard]] base::Result<void> verify_tarball(const std::string& path, std::string_view integrity);

// Into the existing, empty folder, less the first component of each member's name; only members that match
// `patterns` (with wildcards) where some are given. A member that is no file or folder, or would lie outside,
// is an error of kind `integrity`.
[[nodiscard]] base::Result<void> unpack_tarball(const std::string& path, const std::string& folder,
                                                const std::vector<std::string>& patterns = {});

}  // namespace workers
