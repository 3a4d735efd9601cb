// SPDX-License-Identifier: MIT
// remove_tree, against trees whose owner may be hostile and still at work: no step trusts what an earlier one
// saw.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "fs/beneath.hpp"
#include "fs/directory_stream.hpp"
#include "fs/failure.hpp"
#include "fs/syscalls.hpp"
#include "fs/tree.hpp"
#include "fs/walk.hpp"

namespace fs {
namespace {

using base::Result;
using base::UniqueFd;

// How often a directory is listed again because something appeared in it meanwhile.
constexpr int max_rounds = 64;

// Tells bind mounts of one file system apart too, which st_dev does not.
std::uint64_t mount_of(int fd) {
  struct statx status = {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) != 0) return 0;
  if ((status.stx_mask & STATX_MNT_ID) != 0) return status.stx_mnt_id;
  return makedev(status.stx_dev_major, status.stx_dev_minor);
}

class Remover {
 public:
  Remover(const Parent& parent, int dir_fd, std::string_view path)
      : parent_(parent), dir_fd_(dir_fd), path_(path) {}

  Result<void> run() {
    // Each run removes max_depth levels and hoists deeper ones, so only a tree that another process keeps
    // filling outlasts the loop.
    for (int round = 0; round < max_rounds * max_depth; ++round) {
      hoisted_ = 0;
      remove_entry(parent_.fd, parent_.name.c_str(), DT_UNKNOWN, 0);
      if (first_error_) return base::pass(std::move(*first_error_));
      if (hoisted_ == 0) return {};
    }
    return fail_at(EBUSY, "remove", path_of(dir_fd_, path_));
  }

 private:
  bool give_up(int number, std::string_view operation) {
    // The rest is still removed, and the first reason is the one worth reading.
    if (!first_error_) first_error_ = fail_at(number, operation, path_of(dir_fd_, path_)).value();
    return false;
  }

  // Its parent in the tree may be sealed; the caller's own directory (depth 0) is never touched.
  static bool make_writable(int dir_fd, int depth) { return depth > 0 && ::fchmod(dir_fd, 0700) == 0; }

  bool unlink(int dir_fd, const char* name, int flags, int depth) {
    if (::unlinkat(dir_fd, name, flags) == 0) return true;
    if (errno != EACCES || !make_writable(dir_fd, depth)) return false;
    return ::unlinkat(dir_fd, name, flags) == 0;
  }

  bool remove_entry(int dir_fd, const char* name, unsigned char type, int depth);
  bool empty_directory(UniqueFd fd, int depth);
  UniqueFd open_for_removal(int dir_fd, const char* name);
  bool hoist(int dir_fd, const char* name, int depth);
  [[nodiscard]] bool open_up(int dir_fd, const char* name) const;

  const Parent& parent_;
  int dir_fd_;               // which path_ is relative to
  std::string path_;         // of what is being removed, for messages
  std::uint64_t mount_ = 0;  // the one that the tree is in
  int top_fd_ = -1;          // open while the walk is inside it
  std::size_t hoisted_ = 0;
  std::optional<base::Error> first_error_;
};

// True when the name is gone. The type is a hint: whatever it says, a directory is opened without following
// links and anything else is unlinked.
bool Remover::remove_entry(int dir_fd, const char* name, unsigned char type, int depth) {
  for (int round = 0; round < max_rounds; ++round) {
    if (type != DT_DIR) {
      if (unlink(dir_fd, name, 0, depth) || errno == ENOENT) return true;
      if (errno != EISDIR) return give_up(errno, "remove");
    }
    if (depth >= max_depth) return hoist(dir_fd, name, depth);
    UniqueFd fd = open_for_removal(dir_fd, name);
    if (!fd) {
      if (errno == ENOENT) return true;
      if (errno != ENOTDIR && errno != ELOOP) return give_up(errno, "open directory");
      type = DT_UNKNOWN;  // swapped for something else: the next round unlinks that
      continue;
    }
    if (!empty_directory(std::move(fd), depth + 1)) return false;
    if (hoisted_ > 0 && depth == 0) return false;  // what was hoisted is in here now
    if (unlink(dir_fd, name, AT_REMOVEDIR, depth) || errno == ENOENT) return true;
    if (errno == ENOTDIR) {
      type = DT_UNKNOWN;
    } else if (errno != ENOTEMPTY && errno != EEXIST) {
      return give_up(errno, "remove directory");
    }
  }
  return give_up(EBUSY, "remove");
}

bool Remover::empty_directory(UniqueFd fd, int depth) {
  const std::uint64_t mount = mount_of(fd.get());
  if (depth == 1) {
    mount_ = mount;
    top_fd_ = fd.get();
  } else if (mount != mount_) {
    return give_up(EXDEV, "remove what is mounted at");
  }
  DirectoryStream stream(std::move(fd));
  if (!stream.valid()) return give_up(errno, "list");
  bool emptied = true;
  while (const auto entry = stream.next()) {
    const std::size_t length = path_.size();
    path_.append("/").append(entry->name);
    emptied = remove_entry(stream.fd(), entry->name, entry->type, depth) && emptied;
    path_.resize(length);
  }
  // ENOENT: another process removed it while it was read.
  if (stream.error() != 0 && stream.error() != ENOENT) return give_up(stream.error(), "list");
  return emptied;
}

UniqueFd Remover::open_for_removal(int dir_fd, const char* name) {
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const auto open = [&] { return UniqueFd(syscalls::retry([&] { return ::openat(dir_fd, name, flags); })); };
  UniqueFd fd = open();
  if (fd || errno != EACCES) return fd;
  // Either the directory cannot be read or its sealed parent cannot be searched.
  if (!open_up(dir_fd, name)) {
    errno = EACCES;
    return fd;
  }
  return open();
}

// A folder that may not be searched or moved becomes its owner's to do so. By its descriptor, and only where
// it is a folder of this file system: by then the name may be one of somebody else's file, or of what is
// mounted.
bool Remover::open_up(int dir_fd, const char* name) const {
  constexpr int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const UniqueFd folder(syscalls::retry([&] { return ::openat(dir_fd, name, flags); }));
  if (!folder || (mount_ != 0 && mount_of(folder.get()) != mount_)) return false;
  std::array<char, 64> path{};
  (void)std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", folder.get());
  return ::chmod(path.data(), 0700) == 0;
}

// Deeper than the descriptors reach: moved up beside the tree's first level, for the next run.
bool Remover::hoist(int dir_fd, const char* name, int depth) {
  // A directory that changes its parent must itself be writable, for its "..". If this fails, renameat says
  // so.
  static_cast<void>(open_up(dir_fd, name));
  static_cast<void>(make_writable(dir_fd, depth));
  static_cast<void>(make_writable(top_fd_, 1));
  const std::string target = temporary_name(".removed.");
  if (::renameat(dir_fd, name, top_fd_, target.c_str()) != 0 && errno != ENOENT) {
    return give_up(errno, "move up");
  }
  ++hoisted_;
  return true;
}

}  // namespace

Result<void> remove_tree(int dir_fd, std::string_view name) {
  auto parent = open_parent_beneath(dir_fd, name);
  if (!parent) {
    if (parent.error().kind == base::ErrorKind::not_found && !name.empty()) return {};
    return base::pass(std::move(parent.error()));
  }
  return Remover(*parent, dir_fd, name).run();
}

}  // namespace fs
