// SPDX-License-Identifier: MIT
// One run of openclaw-update.service, or of a unit that only recovers: what an earlier run has left is
// brought to an end, then comes what the unit, its timer or somebody's intent asks for, unless a person has
// to look first.
#pragma once

#include <optional>
#include <string>

#include "base/environment.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "update/intent.hpp"
#include "update/setup.hpp"
#include "update/updater.hpp"

namespace update {

// What the unit is for: openclaw-update-rehearse.service is for rehearsals alone.
enum class Purpose { update, rehearsal };

// What is asked for, as a context that has no id yet: what the unit says, as far as no intent says otherwise.
// `version`: of openclaw-update@VERSION.service; empty: what updates are pinned to, else what the channel
// has. Pure.
[[nodiscard]] Context context_asked_for(const config::Settings& settings, const std::string& version,
                                        const std::optional<Intent>& intent,
                                        Purpose purpose = Purpose::update,
                                        const std::optional<std::string>& pinned = {});

// Neither the timer nor the gateway may update over a rollback that failed: what a person would look at would
// be gone. Whoever else has left an intent may. `failed`: see failed_rollback(). `refused`, with the next
// step. Pure.
[[nodiscard]] base::Result<void> require_person_after(const std::string& failed, const std::string& unit,
                                                      const std::optional<Intent>& intent);

struct UnitRun {
  Recovered recovered;              // of what an earlier run has left
  std::optional<State> outcome;     // nothing: that recovery failed, and nothing was begun over it
  bool held = false;                // refused for a hold, a pin or a quarantine
  bool forbidden_to_timer = false;  // the refusal is what the operator wants of the timer: no failure
  std::optional<base::Error> not_quarantined;  // the update is done all the same
};
// The caller holds the lock, and has taken the intent before it.
[[nodiscard]] base::Result<UnitRun> run_unit(const Setup& setup, const std::string& version,
                                             const std::optional<Intent>& intent,
                                             Purpose purpose = Purpose::update);

// Whether `openclaw-update recover` is carried out by the process that is asked, and not by a unit that it
// starts: at boot, and where it is a unit itself, which `own` environment tells. The end of a terminal would
// be the recovery's, with the gateway stopped. Pure.
[[nodiscard]] bool recovers_itself(Occasion occasion, const base::Environment& own);

// A recovery in a unit. Nothing where it is another's: the next boot recovers what a machine that goes down
// has stopped, since nothing can be started now; and an updater that is at work brings its update to an end
// itself. It is never waited for, since its own start of the gateway may pass through here. Takes the lock.
[[nodiscard]] base::Result<std::optional<Recovered>> run_recovery(const Setup& setup, Occasion occasion);

}  // namespace update
