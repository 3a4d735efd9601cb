// SPDX-License-Identifier: MIT
// What a snapshot holds: snapshots/<transaction>/inventory.json, and the stored copies under files/.
//
//   snapshots/<transaction>/           0700
//     inventory.json                   this
//     files/<root>/<path>              the content, 0600 each; the exact modes are in the inventory
//     restore.json                     once a restore has begun (restore.hpp)
//     set-aside/<n>/<root>/<path>      what a restore replaced
#pragma once

#include <nlohmann/json.hpp>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "workers/state/what_belongs.hpp"

namespace workers::state {

inline constexpr const char* inventory_file = "inventory.json";
inline constexpr const char* restore_file = "restore.json";
inline constexpr const char* set_aside_folder = "set-aside";

struct Entry {
  Item item;
  mode_t mode = 0;
  std::uint64_t size = 0;
  std::string content;                       // sha256, or the link's target
  std::optional<std::int64_t> user_version;  // of a database
  // Of the live file when it was copied; empty: it was so fresh that a later write might not show in it.
  std::string stamp;
};

struct Inventory {
  std::vector<Entry> entries;  // sorted by item
  std::vector<std::string> notes;

  [[nodiscard]] const Entry* find(const Item& item) const;
  // Equal for equal content, modes and schemas; stamps do not count.
  [[nodiscard]] std::string digest() const;
  [[nodiscard]] std::uint64_t bytes() const;
  // {"state/openclaw.sqlite": 18, ...}
  [[nodiscard]] nlohmann::json schemas() const;
};

// snapshots/ in the unit's state directory, made (0700) when `make`.
[[nodiscard]] base::Result<base::UniqueFd> open_snapshots(const Place& place, bool make);
// The transaction's folder in it. A name that is no plain one is bad_input.
[[nodiscard]] base::Result<base::UniqueFd> open_snapshot(const Place& place, const std::string& transaction,
                                                         bool make);

// Where a file's copy is, relative to the snapshot's folder.
[[nodiscard]] std::string stored_path(const Item& item);

// not_found where there is none; `integrity` where it cannot be understood.
[[nodiscard]] base::Result<Inventory> read_inventory(int snapshot_fd);
[[nodiscard]] base::Result<void> write_inventory(int snapshot_fd, const Inventory& inventory);

}  // namespace workers::state
