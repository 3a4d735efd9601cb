// SPDX-License-Identifier: MIT
#include "fs/room.hpp"

#include <sys/statvfs.h>

#include <algorithm>

namespace fs {
namespace {

// Databases, their logs and plugins are written in pieces of this size. Of a small file system, a part counts
// instead.
constexpr std::uint64_t little = std::uint64_t{16} * 1024 * 1024;
constexpr std::uint64_t few_files = 64;
constexpr std::uint64_t small_part = 50;

}  // namespace

bool is_full(const Room& room) {
  if (room.files > 0 && room.files_left <= std::min(few_files, room.files / small_part)) return true;
  return room.bytes > 0 && room.bytes_left < std::min(little, room.bytes / small_part);
}

std::string full_file_system(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    struct statvfs status {};
    if (::statvfs(path.c_str(), &status) != 0) continue;
    const std::uint64_t block = status.f_frsize;
    const Room room{status.f_blocks * block, status.f_bavail * block, status.f_files, status.f_favail};
    if (is_full(room)) return path;
  }
  return "";
}

}  // namespace fs
