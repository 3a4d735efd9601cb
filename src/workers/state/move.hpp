// SPDX-License-Identifier: MIT
// The three changes that a restore makes: move something aside, put a file, put a link. Each is one rename,
// durable when it returns, and none removes anything.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.hpp"

namespace workers::state {

// The target's parents are made (0700). A name that is taken there gets ".2", ".3" and so on. Where the two
// are different file systems, the original goes only after its copy is durable.
[[nodiscard]] base::Result<void> move_aside(int root_fd, const std::string& path, int aside_fd,
                                            const std::string& target);

// The content of `source` with exactly `mode`; what may have the name is replaced. Parents are made (0700).
[[nodiscard]] base::Result<void> put_file(int source_fd, const std::string& source, int root_fd,
                                          const std::string& path, mode_t mode);
[[nodiscard]] base::Result<void> put_link(int root_fd, const std::string& path, const std::string& target);

// Empty when it is no link.
[[nodiscard]] std::string link_target_of(int root_fd, const std::string& path);

}  // namespace workers::state
