// SPDX-License-Identifier: MIT
// Sealed dependency closures: <state>/staged-deps/<key>/, keyed by their content, written once and read-only.
//
//   <key>/node_modules/   the tree, files 0444 and folders 0555
//   <key>/closure.json    what was requested, what was installed, and by which client
//   <key>/inventory       "sha256 size mode path" of every file
//
// Files with equal content share one inode in all closures (hard links within one file system and one owner),
// so two versions of OpenClaw take little more space than one. The key is the digest of the inventory, so
// equal trees are one closure, independent of the client that made them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "openclaw/package.hpp"

namespace stage {

struct ClosureDescription {
  std::string key;
  openclaw::Dependencies dependencies;           // as requested
  std::map<std::string, std::string> overrides;  // in force when it was made
  std::vector<std::string> scripts;              // packages whose install scripts were run
  std::string client;
  std::string platform;  // "linux-x64-glibc": prebuilt binaries differ
};

class ClosureStore {
 public:
  // Opens (and creates) the store in the state directory.
  [[nodiscard]] static base::Result<ClosureStore> open(const std::string& state_directory);

  // Nothing if the store does not exist.
  [[nodiscard]] static base::Result<std::optional<ClosureStore>> open_existing(
      const std::string& state_directory);

  // A sealed closure that provides all of `wanted`: same ranges, overrides and platform. It may provide more;
  // the smallest is selected.
  [[nodiscard]] base::Result<std::optional<ClosureDescription>> find(const ClosureDescription& wanted) const;

  // The node_modules folder of a sealed closure.
  [[nodiscard]] base::Result<base::UniqueFd> open_modules(const std::string& key) const;

  // A private folder to install into; returns its name and absolute path. If the run is killed, the next run
  // sweeps it.
  struct Workplace {
    std::string name, path;
  };
  [[nodiscard]] base::Result<Workplace> make_workplace() const;
  void discard(const Workplace& workplace) const;

  // Takes the verified node_modules of a workplace: removes the client's own files, makes the inventory,
  // shares inodes with existing closures, seals, syncs, and renames it into place. The workplace no longer
  // exists afterwards.
  [[nodiscard]] base::Result<ClosureDescription> seal(const Workplace& workplace,
                                                      ClosureDescription description,
                                                      const std::vector<std::string>& droppings) const;

  // Names of what interrupted runs have left. Without the store's lock, also of what a running one uses.
  [[nodiscard]] base::Result<std::vector<std::string>> left_behind() const;
  // Removes leftovers, and returns their paths. The caller must hold the store's lock.
  [[nodiscard]] base::Result<std::vector<std::string>> sweep() const;

  // Removes the oldest sealed closures beyond `keep`, but none that `in_use` contains.
  [[nodiscard]] base::Result<std::vector<std::string>> prune(unsigned keep,
                                                             const std::vector<std::string>& in_use) const;

  // Compares every file of a sealed closure with its inventory (1 s for 30,000 files). The error kind
  // `integrity` names the first difference.
  [[nodiscard]] base::Result<void> verify(const std::string& key) const;
  // Removes a closure that differs from its inventory.
  [[nodiscard]] base::Result<void> reject(const std::string& key) const;

  [[nodiscard]] int fd() const { return directory_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string cache_directory() const { return path_ + "/cache"; }

 private:
  ClosureStore(base::UniqueFd directory, std::string path)
      : directory_(std::move(directory)), path_(std::move(path)) {}
  [[nodiscard]] base::Result<std::vector<ClosureDescription>> all() const;

  base::UniqueFd directory_;
  std::string path_;
};

[[nodiscard]] std::string current_platform();

}  // namespace stage
