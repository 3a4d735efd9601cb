// SPDX-License-Identifier: MIT
#include "workers/state/move.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <utility>

#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/content.hpp"
#include "fs/draft.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/sync.hpp"
#include "fs/syscalls.hpp"

namespace workers::state {
namespace {

using base::ErrorKind;
using base::Result;

Result<fs::Parent> parent_made(int root_fd, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash != std::string::npos) {
    const auto made = fs::make_directories_durably(root_fd, path.substr(0, slash), 0700);
    if (!made) return base::pass(made.error());
  }
  return fs::open_parent_beneath(root_fd, path);
}

Result<void> copy_bytes(int source, int target, const std::string& path) {
  struct stat status = {};
  if (::fstat(source, &status) != 0) return fs::fail_at(errno, "examine", path);
  // A FIFO that has taken its place would be an empty file here, or never end.
  if (!S_ISREG(status.st_mode)) return fs::fail_at(ErrorKind::refused, EINVAL, "copy", path);
  if (fs::syscalls::reflink(source, target) == 0) return {};
  bool by_kernel = true;
  const int number = fs::copy_content(source, status, target, by_kernel);
  return number == 0 ? Result<void>() : fs::fail_at(number, "copy", path);
}

// Copies a file or a link to a free name.
Result<void> copy_across(const fs::Parent& from, const fs::Parent& into, const std::string& name,
                         const std::string& path) {
  if (fs::may_exist_beneath(into.fd, name)) return fs::fail_at(EEXIST, "set aside", path);
  struct stat status = {};
  if (::fstatat(from.fd, from.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return fs::fail_at(errno, "set aside", path);
  }
  const bool is_link = S_ISLNK(status.st_mode);
  const auto target = is_link ? link_target_of(from.fd, from.name) : Result<std::string>();
  if (!target) return base::pass(target.error());
  auto copied = is_link ? put_link(into.fd, name, *target)
                        : put_file(from.fd, from.name, into.fd, name, status.st_mode & 07777U);
  if (!copied) return copied;
  if (::unlinkat(from.fd, from.name.c_str(), 0) != 0) return fs::fail_at(errno, "set aside", path);
  return {};
}

// A power cut between the rename and the syncs: Btrfs then shows the file under both names.
bool is_moved_already(const fs::Parent& from, const fs::Parent& into, const std::string& name) {
  struct stat old_place = {}, new_place = {};
  return ::fstatat(from.fd, from.name.c_str(), &old_place, AT_SYMLINK_NOFOLLOW) == 0 &&
         ::fstatat(into.fd, name.c_str(), &new_place, AT_SYMLINK_NOFOLLOW) == 0 &&
         old_place.st_dev == new_place.st_dev && old_place.st_ino == new_place.st_ino;
}

Result<void> move_to(const fs::Parent& from, const fs::Parent& into, const std::string& name,
                     const std::string& path) {
  if (::renameat2(from.fd, from.name.c_str(), into.fd, name.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno == EXDEV || errno == EINVAL) return copy_across(from, into, name, path);
  const int number = errno;
  if (number == EEXIST && is_moved_already(from, into, name)) {
    if (::unlinkat(from.fd, from.name.c_str(), 0) == 0) return {};
    return fs::fail_at(errno, "set aside", path);
  }
  return fs::fail_at(number, "set aside", path);
}

}  // namespace

Result<void> move_aside(int root_fd, const std::string& path, int aside_fd, const std::string& target) {
  const auto from = fs::open_parent_beneath(root_fd, path);
  if (!from) return base::pass(from.error());
  const auto into = parent_made(aside_fd, target);
  if (!into) return base::pass(into.error());
  constexpr int most = 1000;
  for (int number = 1; number < most; ++number) {
    const std::string name = number == 1 ? into->name : into->name + "." + std::to_string(number);
    auto moved = move_to(*from, *into, name, path);
    if (!moved && moved.error().number == EEXIST) continue;
    if (!moved) return moved;
    if (auto done = fs::sync_directory(into->fd); !done) return done;
    return fs::sync_directory(from->fd);
  }
  return fs::fail_at(EEXIST, "set aside", path);
}

Result<void> put_file(int source_fd, const std::string& source, int root_fd, const std::string& path,
                      mode_t mode) {
  const auto from = fs::open_beneath(source_fd, source, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (!from) return base::pass(from.error());
  const auto parent = parent_made(root_fd, path);
  if (!parent) return base::pass(parent.error());
  auto draft = fs::Draft::make(parent->fd, parent->name, path, 0600);
  if (!draft) return base::pass(draft.error());
  if (auto done = copy_bytes(from->get(), draft->fd(), path); !done) return done;
  if (::fchmod(draft->fd(), mode) != 0) return fs::fail_at(errno, "set the mode of", path);
  if (auto synced = fs::sync_file(draft->fd(), path); !synced) return synced;
  if (auto done = draft->publish(); !done) return done;
  return fs::sync_directory(parent->fd);
}

Result<void> put_link(int root_fd, const std::string& path, const std::string& target) {
  const auto parent = parent_made(root_fd, path);
  if (!parent) return base::pass(parent.error());
  if (auto done = fs::replace_link(parent->fd, target, parent->name, path); !done) return done;
  return fs::sync_directory(parent->fd);
}

Result<std::string> link_target_of(int root_fd, const std::string& path) {
  const auto parent = fs::open_parent_beneath(root_fd, path);
  if (!parent) return base::pass(parent.error());
  std::array<char, PATH_MAX> buffer{};
  const ssize_t size = ::readlinkat(parent->fd, parent->name.c_str(), buffer.data(), buffer.size());
  if (size < 0) return fs::fail_at(errno, "read the link", path);
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

}  // namespace workers::state
