// SPDX-License-Identifier: MIT
// The files that describe a sealed closure: closure.json and its inventory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "fs/tree.hpp"
#include "stage/closure_store.hpp"

namespace stage {

inline constexpr const char* description_file = "closure.json";
inline constexpr const char* inventory_file = "inventory";
// About 500,000 files: more than any tree of plugins, and little enough to fit into memory.
inline constexpr std::size_t inventory_limit = std::size_t{96} * 1024 * 1024;

[[nodiscard]] std::string to_text(const ClosureDescription& description);
[[nodiscard]] base::Result<ClosureDescription> parse_description(std::string_view text,
                                                                 const std::string& name);

// One line a file: sha256, size, "x" or "-", path. Symlinks do not occur: they are stripped before sealing.
[[nodiscard]] std::string to_text(const std::vector<fs::InventoryEntry>& inventory);
[[nodiscard]] std::vector<fs::InventoryEntry> parse_inventory(std::string_view text);

}  // namespace stage
