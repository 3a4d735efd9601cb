// SPDX-License-Identifier: MIT
// What is asked of the updater's unit beyond its name: `openclaw-update --force`, `openclaw-update rollback`,
// a rollback of the watchdog's, a request of the gateway's.
//
// A unit is started by name alone, so whoever starts it leaves a file, and the run that its unit makes takes
// it: /run/openclaw-update/intents/<unit>.<origin>. It is made once and never written over, so nobody changes
// what another has asked; a run takes the files of its own unit only, and only the one of whoever counts
// most. One that nobody took must not bend an update of the timer a week later: it holds for a minute, and
// /run does not outlast a boot.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"

namespace update {

// Whoever asks, and what that allows: the last counts least.
enum class Origin {
  person,    // root, by hand
  watchdog,  // the return to a release, and no more
  gateway,   // a version or the channel, without force
};

struct Intent {
  Origin origin = Origin::person;
  std::string wanted;      // a version or a channel; empty: what the unit says
  std::string to_release;  // return to this sealed release
  std::string requested_by = "root";
  bool force = false;
  std::string quarantine = {};  // why the release that is left is not to be installed again by a timer
  std::string restore = {};     // the snapshot that is to be put back; a person's alone
  std::string request = {};  // its identity, made when it is left: the run that took it has it in its journal
};

inline constexpr const char* update_unit = "openclaw-update.service";
// openclaw-update@VERSION.service; without a version, update_unit.
[[nodiscard]] std::string update_unit_of(const std::string& version);

// Answers its identity. `busy` while there is one of the same origin for this unit that still holds.
[[nodiscard]] base::Result<std::string> leave_intent(int runtime_fd, const std::string& unit, Intent intent);
// What this run of `unit` is asked for; nothing when nobody has asked, or when it was too long ago. All that
// was left for the unit is gone afterwards, and all of other units that holds no more. `version`: what the
// unit itself says; one that asks for something else is not taken.
[[nodiscard]] base::Result<std::optional<Intent>> take_intent(int runtime_fd, const std::string& unit,
                                                              const std::string& version = {});
// Takes back one that no run has taken. Answers whether it was there.
[[nodiscard]] base::Result<bool> withdraw_intent(int runtime_fd, const std::string& request);

}  // namespace update
