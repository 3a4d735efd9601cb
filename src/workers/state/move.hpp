// SPDX-License-Identifier: MIT
// The three changes that a restore makes: move something aside, put a file, put a link. Each is a single
// rename that is durable on return, and none removes anything.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.hpp"

namespace workers::state {

// Parents of the target are created (0700). If the name is taken there, ".2", ".3" and so on are appended.
// Between different file systems, the original is removed only after its copy is durable.
[[nodiscard]] base::Result<void> move_aside(int root_fd, const std::string& path, int aside_fd,
                                            const std::string& target);

// The content of `source` with exactly `mode`; it replaces an existing file of this name. Parents are created
// (0700).
[[nodiscard]] base::Result<void> put_file(int source_fd, const std::string& source, int root_fd,
                                          const std::string& path, mode_t mode);
[[nodiscard]] base::Result<void> put_link(int root_fd, const std::string& path, const std::string& target);

// Empty if it is not a link.
[[nodiscard]] base::Result<std::string> link_target_of(int root_fd, const std::string& path);

}  // namespace workers::state
