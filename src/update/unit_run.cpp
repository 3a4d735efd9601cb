// SPDX-License-Identifier: MIT
#include "update/unit_run.hpp"

#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "update/compatibility.hpp"
#include "update/standing.hpp"
#include "update/unit_start.hpp"

namespace update {
namespace {

using base::ErrorKind;

// If a hold, a pin or a quarantine refuses an update of the timer, this is intended by the operator, and must
// not result in a failed unit each night.
bool is_forbidden_to_timer(const Context& context, const std::optional<Intent>& intent) {
  return !intent && context.held;
}

// Otherwise the timer would install again what the watchdog has rolled back.
base::Result<void> quarantine_what_was_left(const Setup& setup, const Context& context,
                                            const std::optional<Intent>& intent) {
  if (!intent || intent->quarantine.empty() || context.from.version.empty()) return {};
  return quarantine(setup.state_fd, context.from.version, intent->quarantine);
}

}  // namespace

Context context_asked_for(const config::Settings& settings, const std::string& version,
                          const std::optional<Intent>& intent, Purpose purpose,
                          const std::optional<std::string>& pinned) {
  Context context;
  context.asked.rehearses = purpose == Purpose::rehearsal;
  context.unit = settings.gateway.unit;
  context.asked.wanted = version.empty() ? pinned.value_or(settings.update.channel) : version;
  context.asked.requested_by = "the unit";  // by systemctl start, or by the timer
  if (!intent) return context;
  if (!intent->wanted.empty()) context.asked.wanted = intent->wanted;
  context.to.release = intent->to_release;
  context.asked.requested_by = intent->requested_by;
  context.asked.request = intent->request;
  context.asked.force = intent->force;
  context.asked.restores = intent->restore;
  return context;
}

base::Result<void> require_person_after(const std::string& failed, const std::string& unit,
                                        const std::optional<Intent>& intent) {
  if (failed.empty()) return {};
  if (intent && intent->origin != Origin::gateway) return {};
  constexpr std::string_view what =
      " failed, and no operator has updated by hand since: see openclaw-update history and journalctl -u ";
  return base::fail(ErrorKind::refused,
                    base::concat({"the rollback of the update ", failed, what, unit,
                                  ", then openclaw-update, or openclaw-update rollback VERSION"}));
}

base::Result<UnitRun> run_unit(const Setup& setup, const std::string& version,
                               const std::optional<Intent>& intent, Purpose purpose) {
  if (auto used = setup.releases.use(); !used) return base::pass(used.error());
  // At most one transaction may be open, because a recovery could not distinguish two.
  auto recovered = recover(setup, Occasion::death);
  if (!recovered) return base::pass(recovered.error());
  UnitRun run;
  run.recovered = std::move(*recovered);
  // An operator has to examine this, and another update would destroy the evidence.
  if (run.recovered.outcome == State::rollback_failed) return run;
  const Journal journal(setup.state_fd);
  const auto pinned = pinned_version(setup.state_fd);
  if (!pinned) return base::pass(pinned.error());
  Context context = context_asked_for(setup.settings, version, intent, purpose, *pinned);
  context.times.began_at_ms = setup.now_ms();
  auto id = journal.new_id(context.times.began_at_ms, setup.gateway);
  if (!id) return base::pass(id.error());
  context.id = std::move(*id);
  const auto failed = failed_rollback(journal);
  if (!failed) return base::pass(failed.error());
  if (auto person = require_person_after(*failed, context.unit, intent); !person) {
    return base::pass(person.error());
  }
  const auto outcome = run_update(setup, context);
  if (!outcome) return base::pass(outcome.error());
  run.outcome = *outcome;
  run.held = context.held;
  if (*outcome == State::updated) {
    if (auto left = quarantine_what_was_left(setup, context, intent); !left) {
      run.not_quarantined = std::move(left.error());
    }
  }
  run.forbidden_to_timer = *outcome == State::refused && is_forbidden_to_timer(context, intent);
  return run;
}

bool recovers_itself(Occasion occasion, const base::Environment& own) {
  return occasion == Occasion::boot || own.contains("INVOCATION_ID");
}

base::Result<std::optional<Recovered>> run_recovery(const Setup& setup, Occasion occasion) {
  if (shuts_down(setup)) return std::optional<Recovered>();
  const auto held = take_lock(setup.state_fd);
  if (!held && held.error().kind == ErrorKind::busy) return std::optional<Recovered>();
  if (!held) return base::pass(held.error());
  auto recovered = recover(setup, occasion);
  if (!recovered) return base::pass(recovered.error());
  return std::optional(std::move(*recovered));
}

}  // namespace update
