// SPDX-License-Identifier: MIT
#include "fs/sync.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>

#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/syscalls.hpp"

namespace fs {
namespace {

using base::Result;
using base::UniqueFd;

// As the kernel names it. For messages: by the time that they are read, it may have another name.
std::string present_name(int dir_fd) {
  std::array<char, 64> link{};
  (void)std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", dir_fd);
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink(link.data(), path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string(".");
}

tl::unexpected<base::Error> fail_to_sync(int number, std::string_view operation, int dir_fd) {
  return fail_at(number, operation, present_name(dir_fd));
}

// Opened again, because an O_PATH descriptor names a directory but cannot sync it.
UniqueFd open_to_sync(int dir_fd) {
  return UniqueFd(syscalls::retry([&] { return ::openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
}

}  // namespace

Result<void> sync_file(int fd, std::string_view path) {
  if (syscalls::retry([&] { return ::fsync(fd); }) == 0) return {};
  return fail_at(errno, "sync", path);
}

Result<void> sync_directory(int dir_fd) {
  const UniqueFd folder = open_to_sync(dir_fd);
  if (!folder) return fail_to_sync(errno, "sync the directory", dir_fd);
  if (syscalls::retry([&] { return ::fsync(folder.get()); }) == 0) return {};
  // File systems without a notion of it (some of FUSE) say EINVAL: nothing more can be done there.
  if (errno == EINVAL) return {};
  return fail_to_sync(errno, "sync the directory", dir_fd);
}

Result<void> sync_parent(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const auto parent =
      open_directory(slash == std::string::npos ? "." : path.substr(0, slash == 0 ? 1 : slash));
  if (!parent) return base::pass(parent.error());
  return sync_directory(parent->get());
}

Result<void> sync_file_system(int dir_fd) {
  const UniqueFd folder = open_to_sync(dir_fd);
  if (!folder) return fail_to_sync(errno, "sync the file system of", dir_fd);
  if (syscalls::retry([&] { return ::syncfs(folder.get()); }) == 0) return {};
  return fail_to_sync(errno, "sync the file system of", dir_fd);
}

}  // namespace fs
