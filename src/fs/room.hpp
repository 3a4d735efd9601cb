// SPDX-License-Identifier: MIT
// Whether file systems are full, for programs without privileges.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fs {

// What users without privileges may use. `files` is 0 if the file system does not count files.
struct Room {
  std::uint64_t bytes = 0, bytes_left = 0, files = 0, files_left = 0;
};

// Also if a little is left: a gateway that has ended has released what it was about to use.
[[nodiscard]] bool is_full(const Room& room);

// The first of the paths whose file system is full; empty if none is, or if statvfs() fails.
[[nodiscard]] std::string full_file_system(const std::vector<std::string>& paths);

}  // namespace fs
