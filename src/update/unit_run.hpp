// One run of openclaw-update.service: what an earlier run has left is brought to an end, then comes what the
// unit, its timer or somebody's intent asks for, unless a person has to look first.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "update/intent.hpp"
#include "update/setup.hpp"
#include "update/updater.hpp"

namespace update {

// What is asked for, as a context that has no id yet: what the unit says, as far as no intent says otherwise.
// `version`: of openclaw-update@VERSION.service; empty: what the channel has. Pure.
[[nodiscard]] Context context_asked_for(const config::Settings& settings, const std::string& version,
                                        const std::optional<Intent>& intent);

// Neither the timer nor the gateway may update over a rollback that failed: what a person would look at would
// be gone. Whoever else has left an intent may. `failed`: see failed_rollback(). `refused`, with the next
// step. Pure.
[[nodiscard]] base::Result<void> require_person_after(const std::string& failed, const std::string& unit,
                                                      const std::optional<Intent>& intent);

struct UnitRun {
  Recovered recovered;              // of what an earlier run has left
  std::optional<State> outcome;     // nothing: that recovery failed, and nothing was begun over it
  bool forbidden_to_timer = false;  // the refusal is what the operator wants of the timer: no failure
  std::optional<base::Error> not_quarantined;  // the update is done all the same
};
// The caller holds the lock, and has taken the intent before it.
[[nodiscard]] base::Result<UnitRun> run_unit(const Setup& setup, const std::string& version,
                                             const std::optional<Intent>& intent);

}  // namespace update
