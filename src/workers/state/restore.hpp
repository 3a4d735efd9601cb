// SPDX-License-Identifier: MIT
// Restores a snapshot. What is replaced is moved to set-aside/ and never deleted.
//
// It can be killed at any time and be started again: restore.json, written before the first change, lists
// what is to be restored and where the replaced files go; each path is then either as before (moved aside
// next), missing (restored next) or right. When restore.json says "done", further calls change nothing,
// because the gateway may have changed what was restored.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "workers/state/inventory.hpp"

namespace workers::state {

enum class Extent : std::uint8_t {
  by_rule,  // RestoreRule: what an OpenClaw has renewed since must not be replaced by something old
  all,      // none has run since the snapshot: everything becomes as it was
};

struct Restored {
  std::vector<std::string> restored;   // paths whose content was restored
  std::vector<std::string> set_aside;  // paths that were moved there
  std::string folder;                  // set-aside/<n>, relative to the unit's state directory
};

// To be called while the gateway is stopped. `transaction`: that of the snapshot; `on_behalf_of`: the one
// that restores it. A snapshot that was restored on behalf of another transaction is restored again.
// `expected_digest` (or empty) is the digest from the time of the snapshot: another one is `integrity`, as is
// a stored copy that differs from the inventory; in both cases nothing is changed.
[[nodiscard]] base::Result<Restored> restore_snapshot(const Place& place, const std::string& transaction,
                                                      const std::string& expected_digest,
                                                      const std::string& on_behalf_of,
                                                      Extent extent = Extent::by_rule);

// Verifies a snapshot without any change: returns its inventory, or `integrity`.
[[nodiscard]] base::Result<Inventory> verify_snapshot(const Place& place, const std::string& transaction,
                                                      const std::string& expected_digest);

// For tests; called before each change. If it does not return, this is a kill at that moment.
extern void (*restore_step_for_tests)();

}  // namespace workers::state
