// SPDX-License-Identifier: MIT
// Sealed dependency closures: <state>/staged-deps/<key>/, keyed by their content, written once and read-only.
//
//   <key>/node_modules/   the tree, files 0444 and folders 0555
//   <key>/closure.json    what was asked for, what came, from which client
//   <key>/inventory       "sha256 size mode path" of every file
//
// Files with equal content are one inode in all closures (hard links inside one file system and one owner),
// so two versions of OpenClaw cost little more than one. The key is the digest of the inventory, so equal
// trees are one closure whichever client made them.
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
  openclaw::Dependencies dependencies;           // asked for
  std::map<std::string, std::string> overrides;  // in force when it was made
  std::vector<std::string> scripts;              // packages whose install scripts were run
  std::string client;
  std::string platform;  // "linux-x64-glibc": prebuilt binaries differ
};

class ClosureStore {
 public:
  // Opens (and creates) the store in the state directory.
  [[nodiscard]] static base::Result<ClosureStore> open(const std::string& state_directory);

  // The one that is there, if there is any.
  [[nodiscard]] static base::Result<std::optional<ClosureStore>> open_existing(
      const std::string& state_directory);

  // A sealed closure that provides all of `wanted`: same ranges, same overrides, same platform; more is
  // allowed, the smallest is chosen.
  [[nodiscard]] std::optional<ClosureDescription> find(const ClosureDescription& wanted) const;

  // The node_modules folder of a sealed closure.
  [[nodiscard]] base::Result<base::UniqueFd> open_modules(const std::string& key) const;

  // A private folder to install into; answers its name and absolute path. Left behind by a kill, it is swept
  // by the next run.
  struct Workplace {
    std::string name, path;
  };
  [[nodiscard]] base::Result<Workplace> make_workplace() const;
  void discard(const Workplace& workplace) const;

  // Takes the node_modules of a workplace, already verified: strips the client's droppings, takes stock,
  // shares inodes with the closures that are there, seals, syncs, renames into place. The workplace is gone
  // afterwards.
  [[nodiscard]] base::Result<ClosureDescription> seal(const Workplace& workplace,
                                                      ClosureDescription description,
                                                      const std::vector<std::string>& droppings) const;

  // Names of what runs that died have left; while the store's lock is not held, of what one that lives works
  // in, too.
  [[nodiscard]] base::Result<std::vector<std::string>> left_behind() const;
  // Removes it, and answers the paths. Only under the store's lock.
  [[nodiscard]] base::Result<std::vector<std::string>> sweep() const;

  // Removes the oldest sealed closures beyond `keep`, never one named in `in_use`.
  [[nodiscard]] base::Result<std::vector<std::string>> prune(unsigned keep,
                                                             const std::vector<std::string>& in_use) const;

  // Every file of a sealed closure against its inventory (1 s for 30,000 files). Error kind `integrity` names
  // the first difference.
  [[nodiscard]] base::Result<void> verify(const std::string& key) const;
  // Removes a closure that is not what it says.
  [[nodiscard]] base::Result<void> reject(const std::string& key) const;

  [[nodiscard]] int fd() const { return directory_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string cache_directory() const { return path_ + "/cache"; }

 private:
  ClosureStore(base::UniqueFd directory, std::string path)
      : directory_(std::move(directory)), path_(std::move(path)) {}
  [[nodiscard]] std::vector<ClosureDescription> all() const;

  base::UniqueFd directory_;
  std::string path_;
};

[[nodiscard]] std::string current_platform();

}  // namespace stage
