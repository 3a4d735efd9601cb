// SPDX-License-Identifier: MIT
// Requests to the updater's unit in addition to its name: `openclaw-update --force`, `openclaw-update
// rollback`, a rollback of the watchdog, a request of the gateway.
//
// A unit is started only by its name, so the requester creates a file, which the run of that unit takes:
// /run/openclaw-update/intents/<unit>.<origin>. A file is created once and never overwritten, so nobody can
// change the request of another. A run takes only files of its own unit, and of these only the one with the
// highest origin. A file that no run has taken must not affect an update of the timer a week later: it
// expires after a minute, and /run is empty after a boot.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"

namespace update {

// The requester, which determines what is permitted; the highest comes first.
enum class Origin {
  person,    // root, by a command
  watchdog,  // only the return to a release
  gateway,   // a version or the channel, without force
};

struct Intent {
  Origin origin = Origin::person;
  std::string wanted;      // a version or a channel; empty: that of the unit
  std::string to_release;  // return to this sealed release
  std::string requested_by = "root";
  bool force = false;
  std::string quarantine = {};  // why a timer must not install the replaced release again
  std::string restore = {};     // the snapshot to restore; only for an operator
  std::string request = {};     // its identity, from leave_intent(), for the journal of the run that takes it
};

inline constexpr const char* update_unit = "openclaw-update.service";
// openclaw-update@VERSION.service; without a version, update_unit.
[[nodiscard]] std::string update_unit_of(const std::string& version);

// Returns the identity. `busy` if an unexpired intent of the same origin exists for this unit.
[[nodiscard]] base::Result<std::string> leave_intent(int runtime_fd, const std::string& unit, Intent intent);
// The request for this run of `unit`; nothing if there is none, or an old one. `busy` if one of a person or
// the watchdog expired while the run waited to begin. All files for the unit are removed, and expired ones of
// other units. `version`: that of the unit; an intent for another is not taken. If a file for the unit cannot
// be read (EIO, EMFILE), that is the error, and none is removed.
[[nodiscard]] base::Result<std::optional<Intent>> take_intent(int runtime_fd, const std::string& unit,
                                                              const std::string& version = {});
// Removes an intent that no run has taken. Returns whether it existed; an error if this is not known.
[[nodiscard]] base::Result<bool> withdraw_intent(int runtime_fd, const std::string& request);

}  // namespace update
