// SPDX-License-Identifier: MIT
// The files that a tarball brought, held against the finished tree: what ran in it meanwhile (install
// scripts, OpenClaw's postinstall) has lost none and changed none.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "fs/tree.hpp"

namespace workers {

using PublishedFiles = std::vector<fs::InventoryEntry>;

// Of a package whose tarball had the registry's checksum, before anything runs in it. Its dependencies are
// not the tarball's: install scripts may add to them.
[[nodiscard]] base::Result<PublishedFiles> published_files(const std::string& package_root);

// `integrity` names the first file that is gone or has another content. Not compared are the marks that
// postinstall removes, and files of dist/ that OpenClaw's own list does not name: postinstall prunes those
// (2026.4.15-4.21: dist/extensions/qa-lab/runtime-api.js).
[[nodiscard]] base::Result<void> verify_as_published(const PublishedFiles& published,
                                                     const std::string& package_root);

}  // namespace workers
