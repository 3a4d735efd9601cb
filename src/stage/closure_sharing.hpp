// SPDX-License-Identifier: MIT
// Equal files of different closures share one inode.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "fs/tree.hpp"
#include "stage/closure_store.hpp"

namespace stage {

// Replaces files of `modules_fd` (about to be sealed) by links to equal sealed files of other closures in the
// store. If linking is not possible (another file system, fs.protected_hardlinks, too many links), the file
// is kept: sharing only saves space. Does nothing for root, which can write in spite of a missing write bit:
// a write to one closure of root must not change another one. Returns how many files are shared.
std::uint64_t share_inodes(int store_fd, int modules_fd, const std::vector<fs::InventoryEntry>& inventory);

// Adds what `description` was requested for to the existing closure with the same key.
[[nodiscard]] base::Result<void> refresh_description(int store_fd, const ClosureDescription& description);

}  // namespace stage
