// SPDX-License-Identifier: MIT
// One run of openclaw-update.service, or of a unit that only recovers: an unfinished update is completed
// first, then the request of the unit, its timer or an intent is carried out, unless an operator has to act
// first.
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

// openclaw-update-rehearse.service is only for rehearsals.
enum class Purpose { update, rehearsal };

// The request, as a context without an ID: that of the intent, otherwise that of the unit. `version`: of
// openclaw-update@VERSION.service; empty: the pinned version, otherwise that of the channel. Without side
// effects.
[[nodiscard]] Context context_asked_for(const config::Settings& settings, const std::string& version,
                                        const std::optional<Intent>& intent,
                                        Purpose purpose = Purpose::update,
                                        const std::optional<std::string>& pinned = {});

// After a failed rollback, neither the timer nor the gateway may update, because that would destroy what an
// operator has to examine. Other intents are permitted. `failed`: see failed_rollback(). `refused`, with the
// next step. Without side effects.
[[nodiscard]] base::Result<void> require_person_after(const std::string& failed, const std::string& unit,
                                                      const std::optional<Intent>& intent);

struct UnitRun {
  Recovered recovered;              // of an earlier, unfinished update
  std::optional<State> outcome;     // nothing: the recovery failed, and no update was begun
  bool held = false;                // refused because of a hold, a pin or a quarantine
  bool forbidden_to_timer = false;  // the operator intends this refusal of the timer, so it is no failure
  std::optional<base::Error> not_quarantined;  // the update itself is complete nevertheless
};
// The caller holds the lock, and has taken the intent before.
[[nodiscard]] base::Result<UnitRun> run_unit(const Setup& setup, const std::string& version,
                                             const std::optional<Intent>& intent,
                                             Purpose purpose = Purpose::update);

// Whether `openclaw-update recover` recovers in its own process instead of starting a unit: at boot, and if
// the process belongs to a unit, which `own` environment shows. Otherwise, the end of a terminal could end
// the recovery while the gateway is stopped. Without side effects.
[[nodiscard]] bool recovers_itself(Occasion occasion, const base::Environment& own);

// A recovery in a unit; takes the lock. Nothing if another process has to recover: during a shutdown nothing
// can be started, so the next boot recovers; and a running updater completes its update itself. The lock is
// never waited for, because the updater's own start of the gateway may run this function.
[[nodiscard]] base::Result<std::optional<Recovered>> run_recovery(const Setup& setup, Occasion occasion);

}  // namespace update
