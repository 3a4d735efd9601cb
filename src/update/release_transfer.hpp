// SPDX-License-Identifier: MIT
// A sealed release as one file (contract/release_archive.hpp), for hosts that reach no registry. A worker
// without privileges writes and reads the archive; the file belongs to root, and only the caller opens it.
//
// What was imported is sealed as what was fetched is, and never becomes current by itself: an update to its
// version uses it (wanted_release.hpp). For all functions the caller holds the updater's lock.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "release/store.hpp"
#include "update/setup.hpp"

namespace update {

struct ExportedRelease {
  release::Release release;
  std::string digest;
  std::uint64_t archive_bytes = 0;
  std::string sha256;  // of the archive
};
// `named`: a version or the name of a release, as for a rollback. `integrity` if the release was changed
// since it was sealed. After an error, the content of `file` is not a valid archive.
[[nodiscard]] base::Result<ExportedRelease> export_release(const Setup& setup, const std::string& named,
                                                           int file);

struct ReleaseArchive {
  int file = -1;            // open for reading
  std::uint64_t bytes = 0;  // 0: not known
  std::string sha256 = {};  // of the content whose signature was verified; empty: no signature is required
};
struct ImportedRelease {
  release::Release release;
  std::string digest;
  std::int64_t files = 0;
  bool was_there = false;  // this host had the same release before
};
// `integrity` if it is not such an archive, is incomplete, or was changed after its signature was verified;
// `refused` if it contains what no release contains. Nothing is left after an error.
[[nodiscard]] base::Result<ImportedRelease> import_release(const Setup& setup, const ReleaseArchive& archive);

// Removes what killed exports and imports of this gateway have left in the folder of the fetch user. Both do
// this themselves, as does each update.
void clean_former_transfers(const Setup& setup);

}  // namespace update
