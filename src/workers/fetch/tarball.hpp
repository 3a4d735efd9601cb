// SPDX-License-Identifier: MIT
// A tarball of the registry: verified against its checksum, and unpacked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace workers {

// The sha512 in an `integrity` of the registry ("sha512-<base64>", possibly among others) as lower-case hex.
// bad_input if it has none.
[[nodiscard]] base::Result<std::string> sha512_of_integrity(std::string_view integrity);

// `integrity` reports the file, the expected and the actual checksum if they differ.
[[nodiscard]] base::Result<void> verify_tarball(const std::string& path, std::string_view integrity);

// Unpacks into an existing, empty folder, without the first component of each name; only members that match
// `patterns` (with wildcards), unless there are none. A member that is not a file or folder, or that would be
// outside of the folder, is an error of kind `integrity`.
[[nodiscard]] base::Result<void> unpack_tarball(const std::string& path, const std::string& folder,
                                                const std::vector<std::string>& patterns = {});

}  // namespace workers
