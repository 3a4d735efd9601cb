// SPDX-License-Identifier: MIT
// Whether a live file, or a database with what SQLite keeps beside it, is what it was.
#pragma once

#include <string>

#include "workers/state/what_belongs.hpp"

namespace workers::state {

// fs::stamp, or empty for a file so fresh that a write which follows may not show in it.
[[nodiscard]] std::string settled_stamp(int dir_fd, const std::string& path);

// Of a file, or a database with its -wal and -journal; empty where one of them is that fresh.
[[nodiscard]] std::string live_stamp(int root_fd, const Item& item);

}  // namespace workers::state
