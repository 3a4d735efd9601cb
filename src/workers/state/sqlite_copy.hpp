// SPDX-License-Identifier: MIT
// Copies a database while others write to it, with SQLite's own backup, so that the copy is consistent.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace workers::state {

// Whether the pages of the copy are checked as well (takes as long as reading the whole file).
enum class Check : std::uint8_t { none, quick };

struct DatabaseCopy {
  std::int64_t user_version = 0;
  std::string sha256;
  std::uint64_t size = 0;
};

// Copies `source` beneath `source_fd` to the single file `target` (a plain name) in `target_fd`, mode 0600,
// synced; atomically replaces an existing file. Never an intermediate state of a transaction, and no -wal
// beside it. `integrity` if the copy fails the check; ENOSPC is `system` and leaves nothing behind.
[[nodiscard]] base::Result<DatabaseCopy> copy_database(int source_fd, const std::string& source,
                                                       int target_fd, const std::string& target, Check check);

// For a copy that another process is to use: removes the evidence that a living gateway owns the state, which
// is the rows of all tables named *_leases (state_leases and agent_database_leases in 2026.9). 2026.9.6 does
// not start on a state whose owner lives, or may live.
[[nodiscard]] base::Result<void> disown_database(int dir_fd, const std::string& path);

// Also for such a copy: paths of installed plugins (config_machine_state, 2026.9.5 and later) that lead into
// `from` are changed to lead into `to`. With the live path, 2026.9.6 would find a plugin's link to the
// running release, and consider the plugin broken.
[[nodiscard]] base::Result<void> lead_into_copy(int dir_fd, const std::string& path, const std::string& from,
                                                const std::string& to);

// PRAGMA user_version, including changes that are only in the -wal.
[[nodiscard]] base::Result<std::int64_t> user_version_of(int dir_fd, const std::string& path);

}  // namespace workers::state
