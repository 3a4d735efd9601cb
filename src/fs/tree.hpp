// SPDX-License-Identifier: MIT
// Whole trees: clone by link, reflink or copy; inventory; seal; remove. All by directory fd, no symlink
// followed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace fs {

// How a clone may share data with its source. Each falls back to the next where the file system refuses
// (EXDEV, EMLINK, EPERM by fs.protected_hardlinks, EOPNOTSUPP), per tree and not per file, so that a large
// tree does not pay a failing call for each file.
enum class Sharing {
  link,     // same inode: fastest; for sealed content only
  reflink,  // same extents, own inode
  copy,
};

struct CloneStats {
  std::uint64_t files = 0, directories = 0, symlinks = 0;
  std::uint64_t linked = 0, reflinked = 0, copied = 0;
};

// Clones what is in `source_fd` into the existing, empty directory `target_fd`. Directories get
// `directory_mode`; symlinks are copied as they are; device nodes, sockets and FIFOs are refused by name.
// What gets an inode of its own keeps its permission bits, but no setuid or setgid bit, owner or time. `skip`
// (optional) is asked with the path relative to the root.
struct Owner {
  uid_t user = 0;
  gid_t group = 0;
};
struct CloneOptions {
  Sharing sharing = Sharing::link;
  mode_t directory_mode = 0755;
  std::function<bool(std::string_view path, bool is_directory)> skip;
  // A copy for another user, the root included: nothing is linked, that user owns the copy, and directories
  // keep their permission bits, everything its time of modification. Extended attributes are not copied.
  std::optional<Owner> owner = {};
  // For what is published whole afterwards, and without an owner: two threads share a root of many entries.
  // Links and folders of a large tree take 0.4 of the time so. `skip` and `special` are called by both.
  bool side_by_side = false;
  // Optional: told of each device node, socket and FIFO, which is left out then instead of refused.
  std::function<void(std::string_view path)> special = {};
};
[[nodiscard]] base::Result<CloneStats> clone_tree(int source_fd, int target_fd, const CloneOptions& options);

// Of a mode: who may do what, with setuid, setgid and sticky.
inline constexpr mode_t permission_bits = 07777;

struct InventoryEntry {
  std::string path;  // relative, '/' separated
  enum class Type : std::uint8_t { file, symlink } type = Type::file;
  bool executable = false;
  std::uint64_t size = 0;
  std::string content;  // sha256 of the file, or the link's target
};

// Some ten times the largest OpenClaw so far (38,755 files, 647 MB, 10 levels). A less trusted user can make
// a tree of any size in no time, with holes for content.
inline constexpr std::uint64_t most_entries = 400'000;
inline constexpr std::uint64_t most_bytes = std::uint64_t{8} * 1024 * 1024 * 1024;

// Every file and symlink beneath, sorted by path bytes; empty directories do not count, nor does what is in
// the folder `without` (a path from `dir_fd`; empty: none). A tree of more entries or bytes than the above is
// bad_input, by the name of what is too much.
[[nodiscard]] base::Result<std::vector<InventoryEntry>> take_inventory(int dir_fd,
                                                                       std::string_view without = {});
// One digest of a whole inventory: equal for equal trees, whichever user made them.
[[nodiscard]] std::string inventory_digest(const std::vector<InventoryEntry>& inventory);

// Files 0444 (0555 when executable), directories 0555. What is sealed cannot be changed by accident.
[[nodiscard]] base::Result<void> seal_tree(int dir_fd);

// Removes `name` beneath `dir_fd` with all it contains; does not follow links; makes sealed directories
// writable on the way. Absent is success. A hostile owner may go on changing it: what cannot be removed is
// named, the rest goes. Another file system mounted in the tree is left alone.
[[nodiscard]] base::Result<void> remove_tree(int dir_fd, std::string_view name);

// Makes `staged` (a name in `dir_fd`) take the place of `name`, atomically: rename, or RENAME_EXCHANGE and
// removal of what was there. fsyncs the directory; the content is the caller's to sync before
// (sync_file_system in fs/sync.hpp). An error that says "is published" is about the removal of what was
// there.
[[nodiscard]] base::Result<void> publish(int dir_fd, const std::string& staged, const std::string& name);

// Bytes and inodes free for us at dir_fd; the largest number where inodes are not limited (Btrfs).
struct Space {
  std::uint64_t bytes = 0, inodes = 0;
};
[[nodiscard]] base::Result<Space> free_space(int dir_fd);

}  // namespace fs
