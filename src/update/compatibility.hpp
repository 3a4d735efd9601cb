// SPDX-License-Identifier: MIT
// Whether a release can work with the gateway's present configuration and databases, and what an update does
// if it cannot.
//
// 2026.9.6 changes the schema of the state from 17 to 18, and 2026.9.5 then exits with 78: a return to
// 2026.9.5 therefore includes the return to the state that it had left. That is the snapshot that was taken
// before the update from 2026.9.5 to the next release.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "contract/results.hpp"
#include "update/context.hpp"
#include "update/journal.hpp"
#include "update/setup.hpp"
#include "update/stages.hpp"

namespace update {

// The last transaction that replaced a release successfully, with a snapshot of the state of that release.
struct LeftState {
  std::string transaction;
  std::string digest;
  std::int64_t at_ms = 0;     // Unix milliseconds: when the release was replaced
  contract::Schemas schemas;  // as in Context
  bool schemas_known = true;  // false: the file that contains them is lost
  bool migrated = false;      // later, by the doctor of the next release
};
// Nothing if the last such transaction has no snapshot: an older one is not the state that the release had
// left.
[[nodiscard]] base::Result<std::optional<LeftState>> state_left_by(const Journal& journal,
                                                                   const std::string& release);

// The following are errors as long as a journal cannot be read (EIO, EMFILE). One that is lost or damaged is
// passed over.

// The release that the last update has left running, even if `current` was changed since; empty if there was
// no update.
[[nodiscard]] base::Result<std::string> release_that_runs(const Journal& journal);

// The release that the last rehearsal has sealed for the real update, which must not be pruned. Empty if
// there is none, and as soon as an update, to whatever release, has passed the stages of a rehearsal.
[[nodiscard]] base::Result<std::string> rehearsed_release(const Journal& journal);

// The last transaction if its rollback failed, or if it is unknown whether it did; otherwise empty.
[[nodiscard]] base::Result<std::string> failed_rollback(const Journal& journal);

// The transactions whose snapshots are needed for a return to one of these releases, or by an operator after
// a failed rollback. If the end of a transaction cannot be read, only its own snapshot is needed for it.
[[nodiscard]] base::Result<std::vector<std::string>> needed_snapshots(
    const Journal& journal, const std::vector<release::Release>& releases);

// Evaluates openclaw-validate's answer about context.to.release. `refused` with the reason, or done; then
// context.snapshot.restore_from is set if the state has to be restored together with the release.
[[nodiscard]] base::Result<Event> judge_validation(const Setup& setup,
                                                   const contract::ReleaseValidated& answer,
                                                   Context& context);

// The present databases, with the schema (user_version) of each.
[[nodiscard]] base::Result<contract::Schemas> current_schemas(const Setup& setup, const Context& context);
// Whether the schema of a database has changed since `then`, or a database is missing. Without side effects.
[[nodiscard]] bool schema_moved(const contract::Schemas& then, const contract::Schemas& now);

// Whether that release can read the present databases; the release itself is asked. One without a preflight
// counts as unable.
[[nodiscard]] base::Result<bool> reads_state(const Setup& setup, const Context& context,
                                             const std::string& release_name);

}  // namespace update
