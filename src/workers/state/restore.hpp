// SPDX-License-Identifier: MIT
// Putting a snapshot back. What is replaced is moved to set-aside/ and never deleted.
//
// It can be killed anywhere and begun again: restore.json, written before the first change, says what is to
// be put back and where the replaced goes; each path then is either as it was (moved aside next), missing
// (put back next) or right. Once restore.json says "done", a further call changes nothing: the gateway may
// have gone on working on what was restored.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "workers/state/inventory.hpp"

namespace workers::state {

struct Restored {
  std::vector<std::string> restored;   // paths that got the snapshot's content back
  std::vector<std::string> set_aside;  // paths that were moved there
  std::string folder;                  // set-aside/<n>, relative to the unit's state directory
};

// To be called when the gateway is stopped. `transaction`: whose snapshot; `on_behalf_of`: which one puts it
// back. One that has been put back on behalf of another is put back again. `expected_digest` (or empty) is
// what the snapshot answered: another one is `integrity`, as is a stored copy that is not what the inventory
// says; then nothing is changed.
[[nodiscard]] base::Result<Restored> restore_snapshot(const Place& place, const std::string& transaction,
                                                      const std::string& expected_digest,
                                                      const std::string& on_behalf_of);

// Whether a snapshot is still what was stored, without a change to anything: what it is, or `integrity`.
[[nodiscard]] base::Result<Inventory> verify_snapshot(const Place& place, const std::string& transaction,
                                                      const std::string& expected_digest);

// For tests, called before each change: one that does not return is a kill at that moment.
extern void (*restore_step_for_tests)();

}  // namespace workers::state
