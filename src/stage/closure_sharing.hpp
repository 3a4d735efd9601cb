// SPDX-License-Identifier: MIT
// Equal files of different closures are one inode.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "fs/tree.hpp"
#include "stage/closure_store.hpp"

namespace stage {

// Replaces files of `modules_fd` (about to be sealed) by links to equal sealed files of other closures in the
// store. Where linking is not possible (another file system, fs.protected_hardlinks, too many links) the file
// stays as it is: sharing saves space and is never needed. Does nothing for root, whom a missing write bit
// does not stop: two closures of root's must not share what one could write. Answers how many files are
// shared.
std::uint64_t share_inodes(int store_fd, int modules_fd, const std::vector<fs::InventoryEntry>& inventory);

// Adds what `description` was asked for to the closure of the same key that is already there.
[[nodiscard]] base::Result<void> refresh_description(int store_fd, const ClosureDescription& description);

}  // namespace stage
