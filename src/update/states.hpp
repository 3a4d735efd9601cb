// SPDX-License-Identifier: MIT
// The stages of an update and the transitions between them, in one table that serves as the specification.
//
// Each state is recorded durably before its work begins (journal.hpp), so a record shows what may have been
// changed. `interrupted` is the event for an updater that was killed in a state; recover() takes that
// transition.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace update {

enum class State {
  plan,      // which version, and whether it is permitted
  fetch,     // in the unprivileged worker, while the old gateway serves
  stage,     // sealed into releases/, plugin dependencies staged
  validate,  // inventories, configuration, database preflight on a copy
  canary,    // it boots for real, on a copy of the state and without a network
  snapshot,  // a real boot on a copy of the state, without a network
  stop,
  promote,  // one rename
  migrate,  // only if the canary needed it: the release's own doctor on the gateway's state
  start,
  verify,
  commit,
  rollback,
  // Outcomes: nothing follows.
  up_to_date,
  updated,
  rehearsed,    // the release is sealed and has passed its canary; nothing else was changed
  refused,      // nothing was changed
  rolled_back,  // the old release is verified
  rollback_failed,
};

enum class Event {
  done,
  nothing_to_do,  // the requested version is running
  must_migrate,   // the release starts only on a state that its doctor has migrated
  ends_here,      // a rehearsal ends here
  failed,
  interrupted,        // the updater was killed in this state
  interrupted_again,  // the recovery was killed as well
};

struct Transition {
  State from;
  Event event;
  State to;
};

struct StateRow {
  State state;
  std::string_view name;         // in the journal, the logs, --json
  std::string_view description;  // for an operator: "fetching the release"
  bool outcome;
  bool touches_gateway;  // after a kill in this state, the gateway is stopped or not verified
  // Its record is on disk before its work begins. Not so for the start, because the gateway is down
  // meanwhile: the record before it shows already that the release may have run.
  bool durable = true;
  bool touched_nothing = false;  // an outcome that leaves everything as it was before the update
};

[[nodiscard]] std::span<const Transition> transitions();
[[nodiscard]] std::span<const StateRow> states();
[[nodiscard]] const StateRow& row_of(State state);
[[nodiscard]] std::optional<State> state_named(std::string_view name);
// The transition in the table. A pair that is not in the table is a bug of the caller, and treated as
// `failed` of that state.
[[nodiscard]] State next(State from, Event event);

}  // namespace update
