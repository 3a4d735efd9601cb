// SPDX-License-Identifier: MIT
#include "fs/stamp.hpp"

#include <fcntl.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdint>
#include <ctime>

namespace fs {
namespace {

std::int64_t nanoseconds(const struct timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_nsec};
}

}  // namespace

std::string stamp(int dir_fd, std::string_view name) {
  struct stat status = {};
  if (::fstatat(dir_fd, std::string(name).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
    return stamp_of(status);
  const int number = errno;
  if (number == ENOENT || number == ENOTDIR) return "absent";
  // What cannot be looked at may have changed, so its stamp equals no other, not even its own next one.
  struct timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return "unreadable:" + std::to_string(number) + ":" + std::to_string(nanoseconds(now));
}

std::string stamp_of(const struct stat& status) {
  std::string text;
  for (const std::uint64_t number : {std::uint64_t{status.st_dev}, std::uint64_t{status.st_ino}}) {
    text += std::to_string(number) + ":";
  }
  text += std::to_string(status.st_size) + ":";
  text += std::to_string(nanoseconds(status.st_mtim)) + ":";
  text += std::to_string(nanoseconds(status.st_ctim)) + ":";
  return text + std::to_string(status.st_mode);
}

}  // namespace fs
