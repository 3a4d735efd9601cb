// SPDX-License-Identifier: MIT
// The stages of an update, and what follows what: one table, readable as the specification.
//
// Each state is recorded durably before its work begins (journal.hpp), so a record says what may have been
// touched; `interrupted` is the event of an updater that died in a state, and recover() takes that
// transition.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace update {

enum class State {
  plan,      // which version, and is it allowed
  fetch,     // in the unprivileged worker; the old gateway serves
  stage,     // sealed into releases/, its plugin dependencies staged
  validate,  // inventories, configuration, database preflight on a copy
  canary,    // it boots for real, on a copy of the state and without a network
  snapshot,  // unit files, names of environment keys, configuration, databases
  stop,
  promote,  // one rename
  migrate,  // only where the canary needed it: the release's own doctor on the gateway's state
  start,
  verify,
  commit,
  rollback,
  // Outcomes: nothing follows.
  up_to_date,
  updated,
  rehearsed,    // the release is sealed and has passed its canary; nothing else was touched
  refused,      // nothing was touched
  rolled_back,  // the old release is proven healthy
  rollback_failed,
};

enum class Event {
  done,
  nothing_to_do,  // what was asked for is what runs
  must_migrate,   // the release starts on no state but one that its doctor has migrated
  ends_here,      // a rehearsal goes no further
  failed,
  interrupted,        // the updater died here
  interrupted_again,  // and so did the one that went on
};

struct Transition {
  State from;
  Event event;
  State to;
};

struct StateRow {
  State state;
  std::string_view name;         // in the journal, the logs, --json
  std::string_view description;  // for a person: "fetching the release"
  bool outcome;
  bool touches_gateway;  // dying here leaves the gateway stopped or unproven
  // Its record is on the disk before its work begins. That of the start is not waited for, since the gateway
  // is down meanwhile: the one before it says already that the release may have run.
  bool durable = true;
  bool touched_nothing = false;  // an outcome that leaves everything as it was, whatever went before
};

[[nodiscard]] std::span<const Transition> transitions();
[[nodiscard]] std::span<const StateRow> states();
[[nodiscard]] const StateRow& row_of(State state);
[[nodiscard]] std::optional<State> state_named(std::string_view name);
// What the table says; a pair that it does not have is a defect of the caller: `failed` of that state is
// taken.
[[nodiscard]] State next(State from, Event event);

}  // namespace update
