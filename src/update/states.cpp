// SPDX-License-Identifier: MIT
#include "update/states.hpp"

#include <algorithm>
#include <array>

namespace update {
namespace {

using enum State;
using enum Event;

constexpr std::array<StateRow, 19> state_rows{{
    {plan, "plan", "planning", false, false},
    {fetch, "fetch", "fetching the release", false, false},
    {stage, "stage", "sealing the release and staging its plugins", false, false},
    {validate, "validate", "validating the release", false, false},
    {canary, "canary", "booting the release on a copy of the state", false, false},
    {snapshot, "snapshot", "taking a snapshot", false, false},
    {stop, "stop", "stopping the gateway", false, true},
    {promote, "promote", "promoting the release", false, true},
    {migrate, "migrate", "migrating the gateway's state", false, true},
    {start, "start", "starting the gateway", false, true, false},
    {verify, "verify", "verifying the gateway", false, true},
    {commit, "commit", "committing", false, false},
    {rollback, "rollback", "rolling back", false, true},
    {up_to_date, "up-to-date", "up to date", true, false, true, true},
    {updated, "updated", "updated", true, false},
    {rehearsed, "rehearsed", "rehearsed", true, false, true, true},
    {refused, "refused", "refused", true, false, true, true},
    {rolled_back, "rolled-back", "rolled back", true, false},
    {rollback_failed, "rollback-failed", "the rollback failed", true, false},
}};

constexpr std::array<Transition, 56> table{{
    {plan, done, fetch},
    {plan, nothing_to_do, up_to_date},
    {plan, failed, refused},
    {plan, interrupted, refused},
    {plan, interrupted_again, refused},

    {fetch, done, stage},
    {fetch, failed, refused},
    {fetch, interrupted, refused},
    {fetch, interrupted_again, refused},

    {stage, done, validate},
    {stage, failed, refused},
    {stage, interrupted, refused},
    {stage, interrupted_again, refused},

    {validate, done, canary},
    {validate, failed, refused},
    {validate, interrupted, refused},
    {validate, interrupted_again, refused},

    {canary, done, snapshot},
    {canary, ends_here, rehearsed},
    {canary, failed, refused},
    {canary, interrupted, refused},
    {canary, interrupted_again, refused},

    {snapshot, done, stop},
    {snapshot, failed, refused},
    {snapshot, interrupted, refused},
    {snapshot, interrupted_again, refused},

    // From here on, the gateway is down or not verified: every path ends with a running gateway.
    {stop, done, promote},
    {stop, failed, rollback},
    {stop, interrupted, rollback},
    {stop, interrupted_again, rollback},

    {promote, done, start},
    {promote, must_migrate, migrate},
    {promote, failed, rollback},
    {promote, interrupted, rollback},
    {promote, interrupted_again, rollback},

    // The state may be migrated only in part, so the update is continued rather than rolled back, but only
    // once. At a boot, the new release starts before the update is continued, and refuses such a state; the
    // old release would write to it.
    {migrate, done, start},
    {migrate, failed, rollback},
    {migrate, interrupted, migrate},
    {migrate, interrupted_again, rollback},

    // Continued for the same reason: the new release may have changed the state.
    {start, done, verify},
    {start, failed, rollback},
    {start, interrupted, start},
    {start, interrupted_again, rollback},

    {verify, done, commit},
    {verify, failed, rollback},
    {verify, interrupted, start},
    {verify, interrupted_again, rollback},

    // The release is verified: only cleanup is left, which may be repeated.
    {commit, done, updated},
    {commit, failed, updated},
    {commit, interrupted, commit},
    {commit, interrupted_again, updated},

    {rollback, done, rolled_back},
    {rollback, failed, rollback_failed},
    {rollback, interrupted, rollback},
    {rollback, interrupted_again, rollback},

    // If neither release could be started, an operator has to act.
    {rollback_failed, interrupted, rollback_failed},
}};

}  // namespace

std::span<const Transition> transitions() {
  return table;
}

std::span<const StateRow> states() {
  return state_rows;
}

const StateRow& row_of(State state) {
  return *std::find_if(state_rows.begin(), state_rows.end(),
                       [&](const StateRow& row) { return row.state == state; });
}

std::optional<State> state_named(std::string_view name) {
  const auto* const row = std::find_if(state_rows.begin(), state_rows.end(),
                                       [&](const StateRow& candidate) { return candidate.name == name; });
  if (row == state_rows.end()) return std::nullopt;
  return row->state;
}

State next(State from, Event event) {
  const auto* const row = std::find_if(table.begin(), table.end(), [&](const Transition& transition) {
    return transition.from == from && transition.event == event;
  });
  if (row != table.end()) return row->to;
  return event == failed ? rollback_failed : next(from, failed);
}

}  // namespace update
