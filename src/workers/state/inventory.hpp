// SPDX-License-Identifier: MIT
// The content of a snapshot: snapshots/<transaction>/inventory.json, and the stored copies in files/.
//
//   snapshots/<transaction>/           0700
//     inventory.json                   this
//     files/<root>/<path>              the content, 0600 each; the original modes are in the inventory
//     restore.json                     after a restore has begun (restore.hpp)
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
  // Of the live file when it was copied; empty: the file was so new that a later write might not change the
  // stamp.
  std::string stamp;
};

struct Inventory {
  std::vector<Entry> entries;  // sorted by item
  std::vector<std::string> notes;

  [[nodiscard]] const Entry* find(const Item& item) const;
  // Equal for equal content, modes and schemas; stamps are ignored.
  [[nodiscard]] std::string digest() const;
  [[nodiscard]] std::uint64_t bytes() const;
  // {"state/openclaw.sqlite": 18, ...}
  [[nodiscard]] nlohmann::json schemas() const;
};

// snapshots/ in the unit's state directory; created (0700) if `make`.
[[nodiscard]] base::Result<base::UniqueFd> open_snapshots(const Place& place, bool make);
// The transaction's folder in it. bad_input if the name is not a plain one.
[[nodiscard]] base::Result<base::UniqueFd> open_snapshot(const Place& place, const std::string& transaction,
                                                         bool make);

// The place of a file's copy, relative to the snapshot's folder.
inline constexpr const char* stored_files = "files";
[[nodiscard]] std::string stored_path(const Item& item);

// not_found if there is none; `integrity` if it cannot be parsed.
[[nodiscard]] base::Result<Inventory> read_inventory(int snapshot_fd);
[[nodiscard]] base::Result<void> write_inventory(int snapshot_fd, const Inventory& inventory);

}  // namespace workers::state
