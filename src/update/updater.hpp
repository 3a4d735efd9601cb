// SPDX-License-Identifier: MIT
// Carries out an update according to the table of states, and completes the unfinished update of another
// updater.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "update/setup.hpp"

namespace update {

// Runs from `plan` to an outcome, which is returned. An error means that not even the journal could be
// written; the gateway is then unchanged.
[[nodiscard]] base::Result<State> run_update(const Setup& setup, Context& context);

// Whether the machine shuts down: then everything is stopped, including the gateway and the workers, and no
// release is to blame. The next boot recovers the update, as after a kill.
[[nodiscard]] bool shuts_down(const Setup& setup);

enum class Occasion {
  death,  // the updater's unit has ended (ExecStopPost=), or an operator has requested it
  boot,   // before the gateway starts: restores only files, starts nothing
};
// Continues or reverts the open transaction, if there is one; the caller holds the lock. The outcome is empty
// if there was nothing to do or, at boot, if the rest must wait for the gateway. Lines of the journal that
// this version cannot parse are skipped, and noted. If no line can be parsed, the transaction is set aside,
// the gateway is started with `current`, and the error reports this. While the journal cannot be read (EIO,
// EMFILE), the gateway is started in the same way, and the transaction stays open for the next recovery.
struct Recovered {
  bool open = false;  // there was a transaction
  std::optional<State> outcome;
  Context context;
};
[[nodiscard]] base::Result<Recovered> recover(const Setup& setup, Occasion occasion);

}  // namespace update
