// SPDX-License-Identifier: MIT
#include "update/unit_start.hpp"

#include "base/text.hpp"
#include "update/journal.hpp"

namespace update {
namespace {

using base::ErrorKind;

base::Result<void> require_loaded(const std::string& unit, const bus::ServiceStatus& status) {
  if (status.load_state == "loaded") return {};
  const std::string remedy = bus::remedy_of_load_state(unit, status.load_state);
  return base::fail(
      ErrorKind::not_found,
      base::concat({unit, " is ", status.load_state, "; ",
                    remedy.empty() ? "reinstall openclaw-systemd, then systemctl daemon-reload" : remedy}));
}

}  // namespace

base::Result<lock::KernelLock> take_lock(int state_fd) {
  auto held = lock::KernelLock::acquire(state_fd, "lock");
  if (held || held.error().kind != ErrorKind::busy) return held;
  return base::fail(ErrorKind::busy, "another update is in progress: " + held.error().message +
                                         "; openclaw-update status shows its stage");
}

base::Result<void> require_idle(bus::ServiceManager& manager, int state_fd, const std::string& unit,
                                Unfinished unfinished) {
  const auto status = manager.status(unit);
  if (!status) return base::pass(status.error());
  if (auto loaded = require_loaded(unit, *status); !loaded) return loaded;
  if (status->active_state == "activating" || status->active_state == "deactivating") {
    return base::fail(ErrorKind::busy, unit + " already runs; openclaw-update status shows its progress");
  }
  // Another unit of the updater may be running; this one would just end with 75.
  if (auto held = take_lock(state_fd); !held) return base::pass(held.error());
  if (unfinished == Unfinished::is_completed_first) return {};
  const auto open = Journal(state_fd).open_transaction();
  if (!open || !*open) return {};
  return base::fail(ErrorKind::refused, "the update " + **open + " is not finished; openclaw-update recover");
}

base::Result<void> start_for(bus::ServiceManager& manager, int state_fd, int runtime_fd,
                             const std::string& unit, Intent intent) {
  // Released at once, because the started run needs it.
  if (auto held = take_lock(state_fd); !held) return base::pass(held.error());
  const auto left = leave_intent(runtime_fd, unit, std::move(intent));
  if (!left) return base::pass(left.error());
  auto started = manager.start_without_waiting(unit);
  if (!started) (void)withdraw_intent(runtime_fd, *left);
  return started;
}

}  // namespace update
