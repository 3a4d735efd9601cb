// SPDX-License-Identifier: MIT
// The result of stat for a file, as one short text: if two stamps are equal, nothing replaced or changed
// the file.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

namespace fs {

// "absent" or "dev:ino:size:mtime_ns:ctime_ns:mode"; links are not followed.
[[nodiscard]] std::string stamp(int dir_fd, std::string_view name);
[[nodiscard]] std::string stamp_of(const struct stat& status);

}  // namespace fs
