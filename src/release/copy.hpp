// SPDX-License-Identifier: MIT
// From a tree that an unprivileged user made, and may be changing at this moment, to a sealed one of ours.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "fs/tree.hpp"
#include "release/gathering.hpp"
#include "release/manifest.hpp"

namespace release {

// What earlier releases have at each path, by their manifests.
class SealedFiles {
 public:
  struct File {
    std::string release;
    std::string sha256;
    std::uint64_t size = 0;
    bool executable = false;
  };

  void add(const std::string& release, const Manifest& manifest);
  // Null when no release has a file there.
  [[nodiscard]] const std::vector<File>* at(const std::string& path) const;

 private:
  std::unordered_map<std::string, std::vector<File>> files_;
};

struct CopyLimits {
  std::uint64_t entries = fs::most_entries;
  std::uint64_t bytes = fs::most_bytes;
  unsigned depth = 64;
};

struct CopyRequest {
  int source_fd = -1;
  int target_fd = -1;    // an empty folder of ours that no other user can enter yet
  int releases_fd = -1;  // where the releases of `sealed` are
  const SealedFiles* sealed = nullptr;
  std::function<void(std::uint64_t files)> progress;  // optional; after each file
  CopyLimits limits;
  // The source is one part of several: where it comes in the release, and whether a node_modules of its own,
  // whose packages are parts themselves, is left out.
  std::string place = {};
  bool without_modules = false;
};

// Each file is opened once without following links and hashed as it is read; what is written is what was
// hashed, or else a link to an inode of an earlier release that was read again and has this hash. Modes are
// those of a sealed release, times those of the source. `refused` by name: what is neither file, folder nor
// symlink; symlinks that could lead out; files of other owners that not everybody may read (a hard link to
// them must not publish them); names that are no text; what grows or shrinks meanwhile; what exceeds a limit.
// Answers what is in the target, sorted by path. The target's own mode is left to the caller.
[[nodiscard]] base::Result<std::vector<fs::InventoryEntry>> copy_sealed(const CopyRequest& request,
                                                                        SealStats& stats);

// The same of a package whose parts are gathered from several folders: each is copied to its place beneath
// `request.target_fd`. `refused` for one that is not the folder that was found, too.
[[nodiscard]] base::Result<std::vector<fs::InventoryEntry>> copy_sealed_parts(const std::vector<Part>& parts,
                                                                              const CopyRequest& request,
                                                                              SealStats& stats);

}  // namespace release
