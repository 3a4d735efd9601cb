// SPDX-License-Identifier: MIT
// publish, and what it needs room for: the last steps of a staged tree.
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <limits>
#include <utility>

#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/sync.hpp"
#include "fs/syscalls.hpp"
#include "fs/tree.hpp"

namespace fs {
namespace {

using base::Result;

int rename(int dir_fd, const std::string& from, const std::string& to) {
  return ::renameat(dir_fd, from.c_str(), dir_fd, to.c_str()) == 0 ? 0 : errno;
}

// What rename says when something that it cannot replace has the name.
bool is_taken(int number) {
  return number == EEXIST || number == ENOTEMPTY || number == ENOTDIR || number == EISDIR;
}

// For file systems without RENAME_EXCHANGE: the name is missing between two renames. Answers where the old
// one is.
Result<std::string> replace_in_two_steps(int dir_fd, const std::string& staged, const std::string& name) {
  std::string aside = temporary_name(base::concat({".", std::string_view(name).substr(0, 200), "."}));
  if (const int number = rename(dir_fd, name, aside); number != 0) {
    return fail_at(number, "set aside", name);
  }
  if (const int number = rename(dir_fd, staged, name); number != 0) {
    static_cast<void>(rename(dir_fd, aside, name));
    return fail_at(number, "publish", name);
  }
  return aside;
}

// Answers the name that the old one has now.
Result<std::string> replace(int dir_fd, const std::string& staged, const std::string& name) {
  if (syscalls::exchange(dir_fd, staged.c_str(), name.c_str()) == 0) return staged;
  if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) {
    return replace_in_two_steps(dir_fd, staged, name);
  }
  return fail_at(errno, "publish", name);
}

}  // namespace

Result<void> publish(int dir_fd, const std::string& staged, const std::string& name) {
  for (const std::string& used : {staged, name}) {
    if (!is_safe_relative(used) || used.find('/') != std::string::npos) {
      return fail_at(base::ErrorKind::refused, EXDEV, "publish", used);
    }
  }
  std::string old;
  if (const int number = rename(dir_fd, staged, name); is_taken(number)) {
    auto replaced = replace(dir_fd, staged, name);
    if (!replaced) return base::pass(std::move(replaced.error()));
    old = std::move(*replaced);
  } else if (number != 0) {
    return fail_at(number, "publish", number == ENOENT ? staged : name);
  }
  // Before the old one is removed: a power cut must not find the name back at something half gone.
  if (auto done = sync_directory(dir_fd); !done) return base::pass(std::move(done.error()), shown(name));
  if (old.empty()) return {};
  if (auto done = remove_tree(dir_fd, old); !done) {
    return base::pass(std::move(done.error()),
                      shown(name) + " is published, but the replaced version was not removed");
  }
  return {};
}

Result<Space> free_space(int dir_fd) {
  struct statvfs status = {};
  if (syscalls::retry([&] { return ::fstatvfs(dir_fd, &status); }) != 0) {
    return base::fail_errno(errno, "cannot determine the free space of " + path_of(dir_fd));
  }
  Space space;
  space.bytes = std::uint64_t{status.f_bavail} * std::uint64_t{status.f_frsize};
  // Btrfs and others make inodes as needed and count none.
  const bool unlimited = status.f_files == 0;
  space.inodes = unlimited ? std::numeric_limits<std::uint64_t>::max() : std::uint64_t{status.f_favail};
  return space;
}

}  // namespace fs
