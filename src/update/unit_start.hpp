// SPDX-License-Identifier: MIT
// Checks before the updater's unit is started on request: whether an updater is running, and whether an
// update is unfinished.
#pragma once

#include <string>

#include "base/result.hpp"
#include "bus/service_manager.hpp"
#include "lock/kernel_lock.hpp"
#include "update/intent.hpp"

namespace update {

// The updater's lock, which is required for all changes of the store, the pointers or the gateway. `busy`
// names its holder. `state_fd`: the updater's state directory.
[[nodiscard]] base::Result<lock::KernelLock> take_lock(int state_fd);

// What becomes of an update that is unfinished and that nobody works on. An update completes it first, in its
// unit. The completion would change the situation on which another request was based, such as a rollback.
enum class Unfinished { is_completed_first, is_refused };

// `not_found` for a unit that is not loaded, with the remedy; `busy` while it or another updater is running;
// `refused` if an unfinished update is.
[[nodiscard]] base::Result<void> require_idle(bus::ServiceManager& manager, int state_fd,
                                              const std::string& unit, Unfinished unfinished);

// Starts `unit` of the updater for an intent, and does not wait. `busy` while an updater is running, because
// it would not take the intent. After an error, no intent is left for the next run.
[[nodiscard]] base::Result<void> start_for(bus::ServiceManager& manager, int state_fd, int runtime_fd,
                                           const std::string& unit, Intent intent);

}  // namespace update
