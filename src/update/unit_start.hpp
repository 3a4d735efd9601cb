// SPDX-License-Identifier: MIT
// Before the updater's unit is started for somebody: who else is at work, and what was left unfinished.
#pragma once

#include <string>

#include "base/result.hpp"
#include "bus/service_manager.hpp"
#include "lock/kernel_lock.hpp"
#include "update/intent.hpp"

namespace update {

// The updater's: for all that change the store, the pointers or the gateway. `busy` says who holds it.
// `state_fd`: the updater's state directory.
[[nodiscard]] base::Result<lock::KernelLock> take_lock(int state_fd);

// `not_found` for a unit that is not loaded, with the remedy; `busy` while it or another updater is at work;
// `refused` over an update that is not finished: what was asked for was asked of what is there, and that
// changes when it is brought to an end.
[[nodiscard]] base::Result<void> require_idle(bus::ServiceManager& manager, int state_fd,
                                              const std::string& unit);

// Starts `unit`, an updater's, for an intent that nobody waits for. `busy` while an updater is at work, which
// does not look at what is left for it. After an error nothing is left for the next run.
[[nodiscard]] base::Result<void> start_for(bus::ServiceManager& manager, int state_fd, int runtime_fd,
                                           const std::string& unit, Intent intent);

}  // namespace update
