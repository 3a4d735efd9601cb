// SPDX-License-Identifier: MIT
// Drives one update through the table of states, and finishes what another updater has left.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "update/setup.hpp"

namespace update {

// From `plan` to an outcome: the state that the context ends in. An error means that not even the journal
// could be kept; the gateway is then as it was.
[[nodiscard]] base::Result<State> run_update(const Setup& setup, Context& context);

// The machine does: everything is stopped then, the gateway and the workers too, and nobody is to blame for
// it. The journal is left to the next boot, as after a kill.
[[nodiscard]] bool shuts_down(const Setup& setup);

enum class Occasion {
  death,  // the updater's unit has ended (ExecStopPost=), or a person asks
  boot,   // before the gateway starts: files only, nothing is started
};
// Continues or undoes the open transaction, if there is one; the caller holds the lock. Answers the outcome,
// or nothing when there was nothing to do or, at boot, when the rest has to wait for the gateway. Lines of
// the journal that say nothing to this version are passed over, and noted. One of which no line can be read
// is set aside: then the gateway is started as `current` has it, and the error says so.
struct Recovered {
  bool open = false;  // there was a transaction
  std::optional<State> outcome;
  Context context;
};
[[nodiscard]] base::Result<Recovered> recover(const Setup& setup, Occasion occasion);

}  // namespace update
