// SPDX-License-Identifier: MIT
// Compares the files of a tarball with the finished tree: install scripts and OpenClaw's postinstall, which
// ran in it, must not have removed or changed any.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "fs/tree.hpp"

namespace workers {

using PublishedFiles = std::vector<fs::InventoryEntry>;

// For a package whose tarball had the registry's checksum, before anything runs in it. Dependencies are not
// part of the tarball: install scripts may add to them.
[[nodiscard]] base::Result<PublishedFiles> published_files(const std::string& package_root);

// `integrity` names the first file that is missing or changed. Excluded are the marks that postinstall
// removes, and files of dist/ that OpenClaw's own list does not name, because postinstall removes those
// (2026.4.15-4.21: dist/extensions/qa-lab/runtime-api.js).
[[nodiscard]] base::Result<void> verify_as_published(const PublishedFiles& published,
                                                     const std::string& package_root);

}  // namespace workers
