// SPDX-License-Identifier: MIT
// Whether a release can work with the gateway's configuration and databases as they are, and what an update
// does when it cannot.
//
// 2026.9.6 moves the state's schema from 17 to 18, and 2026.9.5 then exits with 78: a return to 2026.9.5 is
// one to the state that it had left, too. Its snapshot is the one that was taken before the update away from
// it.
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

// The transaction that last replaced a release, proven, with a snapshot of its state.
struct LeftState {
  std::string transaction;
  std::string digest;
  std::int64_t at_ms = 0;     // Unix milliseconds: when it was left
  contract::Schemas schemas;  // as in Context
  bool schemas_known = true;  // false: the file that has them is lost
  bool migrated = false;      // afterwards, by the doctor of the release that followed
};
// Nothing when the last one has none: an older state is not the one that it had left.
[[nodiscard]] base::Result<std::optional<LeftState>> state_left_by(const Journal& journal,
                                                                   const std::string& release);

// The release that the last update has left running, whatever `current` has been led to since; empty without
// one.
[[nodiscard]] std::string release_that_runs(const Journal& journal);

// The release that the last rehearsal has sealed for the update proper; empty without one, and as soon as an
// update, to whatever release, has gone further than a rehearsal does: until then it must not be pruned.
[[nodiscard]] std::string rehearsed_release(const Journal& journal);

// The last transaction, when it is one whose rollback failed, or of which nobody can say that it did not;
// empty otherwise.
[[nodiscard]] std::string failed_rollback(const Journal& journal);

// The transactions whose snapshots a return to one of these releases would need, or a person after a rollback
// that failed. One whose end cannot be read keeps its own, and no more than that.
[[nodiscard]] base::Result<std::vector<std::string>> needed_snapshots(
    const Journal& journal, const std::vector<release::Release>& releases);

// Of what openclaw-validate answered about context.to.release. `refused` with the reason, or done, then with
// context.snapshot.restore_from set when the state has to go back with it.
[[nodiscard]] base::Result<Event> judge_validation(const Setup& setup,
                                                   const contract::ReleaseValidated& answer,
                                                   Context& context);

// The databases that are there, with the schema (user_version) of each.
[[nodiscard]] base::Result<contract::Schemas> current_schemas(const Setup& setup, const Context& context);
// Whether a database has another schema than it had then, or is gone. Pure.
[[nodiscard]] bool schema_moved(const contract::Schemas& then, const contract::Schemas& now);

// Whether that release reads the databases as they are now; it is asked itself. One that has no preflight is
// not trusted.
[[nodiscard]] base::Result<bool> reads_state(const Setup& setup, const Context& context,
                                             const std::string& release_name);

}  // namespace update
