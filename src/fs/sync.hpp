// SPDX-License-Identifier: MIT
// What was written reaches the disk. No other file calls fsync or syncfs: here a call that a signal
// interrupts is made again, and an error names the path.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace fs {

// The content of a file that is open, before its name is given to anything. `path` is for the message.
[[nodiscard]] base::Result<void> sync_file(int fd, std::string_view path);

// fsync of a directory, so that the names in it outlast a power cut. Takes an O_PATH descriptor too.
[[nodiscard]] base::Result<void> sync_directory(int dir_fd);

// The same for the directory that holds `path`, where a name in it was made or removed by its path. Links are
// followed: for paths that no less trusted user can write to.
[[nodiscard]] base::Result<void> sync_parent(const std::string& path);

// All that has been written to the file system of `dir_fd`, in one call: cheaper than an fsync for each of
// 35,000 files.
[[nodiscard]] base::Result<void> sync_file_system(int dir_fd);

}  // namespace fs
