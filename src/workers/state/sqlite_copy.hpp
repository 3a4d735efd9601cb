// SPDX-License-Identifier: MIT
// A database while others write to it: copied by SQLite's own backup, so that no writer can tear the copy.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace workers::state {

// Whether the pages of the copy are looked through as well (as long as a read of the whole file takes).
enum class Check : std::uint8_t { none, quick };

struct DatabaseCopy {
  std::int64_t user_version = 0;
  std::string sha256;
  std::uint64_t size = 0;
};

// `source` beneath `source_fd` becomes the one file `target` (a plain name) in `target_fd`, mode 0600,
// synced; one of that name is replaced, atomically. Never an intermediate state of a transaction, no -wal
// beside it. `integrity` when the copy fails the check; ENOSPC is `system` and leaves nothing behind.
[[nodiscard]] base::Result<DatabaseCopy> copy_database(int source_fd, const std::string& source,
                                                       int target_fd, const std::string& target, Check check);

// For a copy that another process is to work on: what says that a living gateway owns the state goes: the
// rows of all tables named *_leases (state_leases and agent_database_leases in 2026.9). 2026.9.6 does not
// start on a state whose owner lives, or may live.
[[nodiscard]] base::Result<void> disown_database(int dir_fd, const std::string& path);

// For such a copy, too: what it says of where plugins are installed (config_machine_state, 2026.9.5 and
// later) leads into the folder `to` where it led into `from`. By the live path, 2026.9.6 finds a plugin's
// link to the release that serves, and takes the plugin for broken.
[[nodiscard]] base::Result<void> lead_into_copy(int dir_fd, const std::string& path, const std::string& from,
                                                const std::string& to);

// PRAGMA user_version, with what is only in the -wal yet.
[[nodiscard]] base::Result<std::int64_t> user_version_of(int dir_fd, const std::string& path);

}  // namespace workers::state
