// SPDX-License-Identifier: MIT
// Whether the gateway has room for its files, as the kernel says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace watchdog {

// Of a file system, for those who are not root; a file system that counts no files has `files` 0.
struct Room {
  std::uint64_t bytes = 0, bytes_left = 0, files = 0, files_left = 0;
};

// Nearly nothing left is as good as nothing: a gateway that has ended has given back what it was about to
// write.
[[nodiscard]] bool is_full(const Room& room);

// The first of the paths whose file system is full; empty where none is, or none can be asked.
[[nodiscard]] std::string full_file_system(const std::vector<std::string>& paths);

}  // namespace watchdog
