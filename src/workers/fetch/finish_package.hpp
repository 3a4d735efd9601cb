// SPDX-License-Identifier: MIT
// The last steps of a package: OpenClaw's own postinstall while the tree is writable, and checks of its
// result.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "workers/fetch/fetch.hpp"

namespace workers {

struct Finishing {
  std::string node;          // absolute: the Node of the release
  std::string package_root;  // absolute
  std::string home;          // absolute, private, empty: HOME and TMPDIR of the programs
  std::string version;       // that OpenClaw must report
};

// Runs `scripts/postinstall-bundled-plugins.mjs`, which the package clients are told not to run (facts 7).
// Fails unless all marks of an unfinished lifecycle are gone afterwards, and OpenClaw reports its version.
[[nodiscard]] base::Result<void> finish_package(const FetchContext& context, const Finishing& finishing);

struct TreeSize {
  std::uint64_t files = 0, bytes = 0;
};
// Sets folders to 0755 and files to 0644 or 0755, independent of umask and tarball. Fails for anything but
// files, folders and links.
[[nodiscard]] base::Result<TreeSize> open_to_readers(const std::string& package_root);

}  // namespace workers
