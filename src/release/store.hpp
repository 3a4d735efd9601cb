// Complete OpenClaw packages, sealed: <state>/releases/<version>-<digest>/, and the two links that name one.
//
//   releases/<name>/             the package root itself: package.json, openclaw.mjs, dist/, node_modules/
//   releases/<name>.manifest     every file in it with its sha256, size and mode, after a head line that has
//                                version, registry integrity, package client, Node, when
//                                (release/manifest.hpp)
//   releases/.…                  drafts: what a kill has left of a release that was being made or removed
//   current -> releases/<name>   what the gateway's unit starts
//   previous -> releases/<name>  what it started before
//
// Owned by root, files 0444 (0555), folders 0555, written once. Files that an earlier release has with the
// same path, mode and content are that release's inodes: a second release costs what it changed. The name's
// digest is of paths, modes and contents, so equal trees have equal names, whoever fetched them.
//
// A name without a dot in front is complete, at any moment: data, then manifest, then the rename are on disk
// in this order. Of several processes only one may change the store at a time (the updater's lock).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "openclaw/version.hpp"

namespace release {

struct Description {
  std::string version;    // of the package
  std::string integrity;  // "sha512-…" of its tarball as the registry has it; empty for an adopted one
  std::string client;     // "bun 1.4.5"
  std::string node;       // "v24.16.0" that its postinstall ran with
  std::string made_at;    // RFC 3339, UTC; for people
  std::string made_by{};  // the transaction that sealed it, which orders those of one version
};

struct Release {
  std::string name;  // "2026.9.6-1f3a9c2e"
  std::string path;  // absolute
  Description description;
};

struct SealStats {
  std::uint64_t files = 0, shared = 0, bytes_written = 0;
};

class Store {
 public:
  // `state_directory` (absolute) is the updater's own; releases/ is made when absent. `refused` when somebody
  // else owns either of them or could write there.
  [[nodiscard]] static base::Result<Store> open(const std::string& state_directory);

  // Copies the tree in `source_fd`, which somebody unprivileged made and may still hold open, into a draft;
  // shares what earlier releases have; seals, syncs, renames. No inode of the source survives in it. Special
  // files, links that lead out, and trees deeper or larger than any OpenClaw are refused by name. Sealing the
  // same tree twice answers the release that is there, with the description it was sealed with; when that one
  // is damaged, the new copy takes its place in one exchange. `progress` (optional) is called after each file
  // with the files done so far. After an error, ENOSPC included, nothing is left of the draft.
  [[nodiscard]] base::Result<Release> seal(int source_fd, const Description& description,
                                           const std::function<void(std::uint64_t files)>& progress,
                                           SealStats* stats = nullptr) const;

  // By version, then when it was made, then name. Drafts are not listed. A release whose manifest cannot be
  // read is, with the version of its name: `verify` says what is wrong with it.
  [[nodiscard]] base::Result<std::vector<Release>> list() const;
  [[nodiscard]] base::Result<Release> find(const std::string& name) const;  // not_found names what there is
  // Every file against the manifest. Error kind `integrity` names the first difference (changed, missing,
  // extra, writable).
  [[nodiscard]] base::Result<void> verify(const std::string& name) const;

  enum class Pointer { current, previous };
  // Names the release it leads to; nothing when the link is absent. A link that dangles or leads elsewhere is
  // an error of kind `integrity` that says what to do.
  [[nodiscard]] base::Result<std::optional<std::string>> target(Pointer pointer) const;
  // One symlink, one rename, one fsync of the folder. The release must be there.
  enum class Durability { now, by_sync };
  [[nodiscard]] base::Result<void> point(Pointer pointer, const std::string& name,
                                         Durability durability = Durability::now) const;
  // Waits until pointers that were led elsewhere are so on the disk.
  [[nodiscard]] base::Result<void> sync() const;
  [[nodiscard]] base::Result<void> remove_pointer(Pointer pointer) const;

  // Removes what a kill has left: drafts, manifests without a release, pointers that were not yet renamed.
  // Answers the names.
  [[nodiscard]] base::Result<std::vector<std::string>> sweep() const;
  // Removes the oldest releases (first in `list`) until `keep` are left, never one of `in_use`, nor current
  // or previous. Answers the names. With a pointer that cannot be understood nothing is removed.
  [[nodiscard]] base::Result<std::vector<std::string>> prune(unsigned keep,
                                                             const std::vector<std::string>& in_use) const;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Store(base::UniqueFd directory, base::UniqueFd releases, std::string path)
      : directory_(std::move(directory)), releases_(std::move(releases)), path_(std::move(path)) {}

  base::UniqueFd directory_, releases_;
  std::string path_;
};

}  // namespace release
