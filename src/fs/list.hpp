// SPDX-License-Identifier: MIT
// What a folder contains, in one read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace fs {

struct DirectoryEntry {
  std::string name;
  enum class Type { file, directory, symlink, other } type = Type::other;
};

// Entries of the folder `path` beneath `dir_fd` ("" is dir_fd itself), without "." and "..", sorted by name
// bytes.
[[nodiscard]] base::Result<std::vector<DirectoryEntry>> list_directory(int dir_fd,
                                                                       std::string_view path = "");

}  // namespace fs
