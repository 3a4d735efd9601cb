// SPDX-License-Identifier: MIT
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
// digest is of paths, modes and contents, so equal trees have equal names, whichever gateway fetched them.
//
// A name without a dot in front is complete, at any moment: data, then manifest, then the rename are on disk
// in this order.
//
// Several gateways of one host have one store, and links of their own (gateways/<name>/current ->
// ../../releases/<name>). What several processes may do to it at once is in release/sharing.hpp; for each
// gateway there is one that changes its links (the updater's lock).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "fs/tree.hpp"
#include "openclaw/version.hpp"
#include "release/gathering.hpp"
#include "release/sharing.hpp"

namespace release {

struct Description {
  std::string version;      // of the package
  std::string integrity;    // "sha512-…" of its tarball as the registry has it; empty for an adopted one
  std::string client;       // "bun 1.4.5"
  std::string node;         // "v24.16.0" that its postinstall ran with
  std::string made_at;      // RFC 3339, UTC; for people
  std::string made_by{};    // the transaction that sealed it, which orders those of one version
  std::string origin{};     // "import": it is from another host's archive; empty: it was made here
  std::uint64_t bytes = 0;  // of its files, those included that it shares with others; 0 until it is sealed
};

struct Release {
  std::string name;  // "2026.9.6-1f3a9c2e"
  std::string path;  // absolute
  Description description;
};

struct SealStats {
  std::uint64_t files = 0, shared = 0, bytes_written = 0;
};

// What a release takes on the disk: of `bytes`, `own_bytes` are shared with no other release, so that they
// come free when it goes.
struct Footprint {
  std::uint64_t files = 0, bytes = 0, own_bytes = 0;
};

struct CopyRequest;

class Store {
 public:
  // `state_directory` (absolute) is the updater's own; releases/ is made when absent. `refused` when somebody
  // else owns either of them or could write there.
  // `links`: the folder of the links, beneath it; empty: `state_directory` itself.
  [[nodiscard]] static base::Result<Store> open(const std::string& state_directory,
                                                const std::string& links = {});

  // From now on, and until this store ends, no process removes a release or a draft from it, ours included
  // where others use it, too. `busy` after a minute in which another process does.
  [[nodiscard]] base::Result<void> use() const;

  // Copies the tree in `source_fd`, which an unprivileged user made and may still hold open, into a draft;
  // shares what earlier releases have; seals, syncs, renames. No inode of the source survives in it. Special
  // files, links that lead out, and trees deeper or larger than any OpenClaw are refused by name. Sealing the
  // same tree twice answers the release that is there, with the description it was sealed with; when that one
  // is damaged, the new copy takes its place in one exchange. `progress` (optional) is called after each file
  // with the files done so far. After an error, ENOSPC included, nothing is left of the draft.
  [[nodiscard]] base::Result<Release> seal(int source_fd, const Description& description,
                                           const std::function<void(std::uint64_t files)>& progress,
                                           SealStats* stats = nullptr) const;
  // The same of the tree of an archive: `integrity` unless its digest is the one that the archive states.
  [[nodiscard]] base::Result<Release> seal_stated(
      int source_fd, const Description& description, const std::string& digest,
      const std::function<void(std::uint64_t files)>& progress) const;
  // The same of a package that is gathered from several folders (gathering.hpp).
  [[nodiscard]] base::Result<Release> seal(const std::vector<Part>& parts, const Description& description,
                                           const std::function<void(std::uint64_t files)>& progress) const;

  // By version, then when it was made, then name. Drafts are not listed. A release whose manifest cannot be
  // read is, with the version of its name: `verify` says what is wrong with it.
  [[nodiscard]] base::Result<std::vector<Release>> list() const;
  [[nodiscard]] base::Result<Release> find(const std::string& name) const;  // not_found names what there is
  // Of its paths, modes and contents, in full; `integrity` if its manifest is damaged.
  [[nodiscard]] base::Result<std::string> digest(const std::string& name) const;
  // Every file against the manifest. Error kind `integrity` names the first difference (changed, missing,
  // extra, writable).
  [[nodiscard]] base::Result<void> verify(const std::string& name) const;

  // One look at each of its files.
  [[nodiscard]] base::Result<Footprint> footprint(const std::string& name) const;

  enum class Pointer { current, previous };
  // Names the release it points to; nothing when the link is absent. A link that dangles or leaves the store
  // is an error of kind `integrity` that says what to do.
  [[nodiscard]] base::Result<std::optional<std::string>> target(Pointer pointer) const;
  // One symlink, one rename, one fsync of the folder. The release must be there.
  enum class Durability { now, by_sync };
  [[nodiscard]] base::Result<void> point(Pointer pointer, const std::string& name,
                                         Durability durability = Durability::now) const;
  // Waits until pointers that were led elsewhere are so on the disk.
  [[nodiscard]] base::Result<void> sync() const;
  [[nodiscard]] base::Result<void> remove_pointer(Pointer pointer) const;

  // Removes what a kill has left: drafts, manifests without a release, pointers that were not yet renamed.
  // Answers the names. While others use the store, only pointers are, since a draft may be theirs.
  [[nodiscard]] base::Result<std::vector<std::string>> sweep() const;
  // Removes the oldest releases (first in `list`) until `keep` are left, never one of `in_use`, nor current
  // or previous. Answers the names. With a pointer that cannot be understood nothing is removed. `busy` while
  // others use the store; what they have come to rest on is for the caller to say in `in_use`.
  [[nodiscard]] base::Result<std::vector<std::string>> prune(unsigned keep,
                                                             const std::vector<std::string>& in_use) const;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Store() = default;
  // Does `work` while no other process uses the store. False: another one does, and it was not done.
  [[nodiscard]] base::Result<bool> alone(const std::function<base::Result<void>()>& work) const;

  using Copy = std::function<base::Result<std::vector<fs::InventoryEntry>>(CopyRequest& request)>;
  // `stated`: the digest that the copy must have; empty: any.
  [[nodiscard]] base::Result<Release> seal_copy(const Description& description, const Copy& copy,
                                                const std::string& stated = {}) const;

  base::UniqueFd updater_;    // of path_
  base::UniqueFd directory_;  // of the links
  base::UniqueFd releases_;
  std::string path_, links_path_;
  std::string target_prefix_;  // of a link: "releases/", as seen from its folder
  mutable std::optional<SharedUse> use_;
};

}  // namespace release
