// SPDX-License-Identifier: MIT
// Whether a live file, or a database with the files that SQLite keeps beside it, is unchanged.
#pragma once

#include <string>

#include "workers/state/what_belongs.hpp"

namespace workers::state {

// fs::stamp, or empty for a file so new that a subsequent write may not change it.
[[nodiscard]] std::string settled_stamp(int dir_fd, const std::string& path);

// For a file, or a database with its -wal and -journal; empty if one of them is that new.
[[nodiscard]] std::string live_stamp(int root_fd, const Item& item);

}  // namespace workers::state
