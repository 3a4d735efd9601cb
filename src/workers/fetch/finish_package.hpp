// SPDX-License-Identifier: MIT
// The last steps of a package: OpenClaw's own postinstall while the tree can be written, and proofs that it
// took.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "workers/fetch/fetch.hpp"

namespace workers {

struct Finishing {
  std::string node;          // absolute: the Node that the release will run with
  std::string package_root;  // absolute
  std::string home;          // absolute, private, empty: HOME and TMPDIR of what is run
  std::string version;       // that OpenClaw must say it is
};

// `scripts/postinstall-bundled-plugins.mjs`, which the package clients are told not to run (facts 7).
// Afterwards no mark of an unfinished lifecycle is left, and OpenClaw answers with its version.
[[nodiscard]] base::Result<void> finish_package(const FetchContext& context, const Finishing& finishing);

struct TreeSize {
  std::uint64_t files = 0, bytes = 0;
};
// Folders 0755, files 0644 or 0755: whatever umask and tarball made of them. Only files, folders and links.
[[nodiscard]] base::Result<TreeSize> open_to_readers(const std::string& package_root);

}  // namespace workers
