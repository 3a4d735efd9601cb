// SPDX-License-Identifier: MIT
// Whole small files: read with a limit, written so that a crash leaves the old or the new content.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace fs {

// Larger than any manifest that OpenClaw or npm ships (the largest seen is 3 MB, the content inventory of
// 2026.9.6).
inline constexpr std::size_t default_read_limit = std::size_t{16} * 1024 * 1024;

// No symlink is followed in `name`; the file must be regular (a FIFO would block) and at most `limit` bytes,
// otherwise the error names the file.
[[nodiscard]] base::Result<std::string> read_file(int dir_fd, std::string_view name,
                                                  std::size_t limit = default_read_limit);

// The same by absolute path, links followed: for files of the administrator's (/etc, the config).
[[nodiscard]] base::Result<std::string> read_trusted_file(const std::string& path,
                                                          std::size_t limit = default_read_limit);

// A draft beside it (draft.hpp), fsync, rename, fsync of the folder. The mode is exact, whatever the umask.
// On failure the old content is in place, and nothing else is left.
[[nodiscard]] base::Result<void> write_file_durably(int dir_fd, std::string_view name,
                                                    std::string_view content, mode_t mode = 0644);

// The same, and the disk is not waited for: readers see the old or the new content, and after a power cut the
// file may be empty. For what is made again anyway.
[[nodiscard]] base::Result<void> replace_file(int dir_fd, std::string_view name, std::string_view content,
                                              mode_t mode = 0644);

// chmod of a file that may belong to another user (fsGroup volumes, fixed mounts, #83619): EPERM, EACCES,
// EROFS, ENOSYS and ENOTSUP are tolerated and answered as false; anything else is an error. A symlink is
// `refused`; "." is `dir_fd` itself. A file that already has the mode is not changed.
[[nodiscard]] base::Result<bool> change_mode_tolerantly(int dir_fd, std::string_view name, mode_t mode);

}  // namespace fs
