// SPDX-License-Identifier: MIT
// What the guard of a container's volume records for the next start, in the folder state-guard of the state
// directory:
//
//   lock           a kernel lock is held on it as long as any process of a container uses the volume
//   record.json    Record
//   migration.json the answer of the last doctor, with its last lines; for operators
//   report.json    contract/guard_report.hpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "contract/guard_report.hpp"
#include "contract/members.hpp"
#include "contract/results.hpp"

namespace workers::guard {

using contract::guard_folder;
inline constexpr const char* lock_file = "lock";
inline constexpr const char* record_file = "record.json";
inline constexpr const char* migration_file = "migration.json";

struct Record {
  std::string version;     // of the OpenClaw that last ran on this state; empty: unknown
  std::string host;        // of the container that it ran in; information for operators
  std::int64_t at_ms = 0;  // Unix milliseconds; information for operators

  // A restore that has begun and may not be complete; without one, all are empty.
  std::string restoring;     // the snapshot that is being restored
  std::string restored_for;  // the version for which it is restored
  std::string replaced;      // the snapshot of the state that it replaces, of `version`
  std::string attempt;       // identifies the restore, or the undoing of a migration, uniquely

  // A migration that has begun and may not be complete: the state is neither what `version` had left nor what
  // the doctor leaves.
  std::string migrating;   // the version whose doctor was started; empty: the migration is being undone
  std::string unmigrated;  // the snapshot of the state before that, of `version`; empty: there is none

  std::int64_t attempts = 0;  // doctors that were started for it

  // Versions whose doctor has changed files that an older one needs.
  std::vector<std::string> changed_by;

  [[nodiscard]] bool has_open_restore() const { return !restoring.empty(); }
  [[nodiscard]] bool has_open_migration() const { return !unmigrated.empty(); }

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::optional("version"), self.version);
    visitor(contract::optional("host"), self.host);
    visitor(contract::optional("at_ms"), self.at_ms);
    visitor(contract::optional("restoring").left_out_when_empty(), self.restoring);
    visitor(contract::optional("restored_for").left_out_when_empty(), self.restored_for);
    visitor(contract::optional("replaced").left_out_when_empty(), self.replaced);
    visitor(contract::optional("attempt").left_out_when_empty(), self.attempt);
    visitor(contract::optional("migrating").left_out_when_empty(), self.migrating);
    visitor(contract::optional("unmigrated").left_out_when_empty(), self.unmigrated);
    visitor(contract::optional("attempts").left_out_when_empty(), self.attempts);
    visitor(contract::optional("changed_by").left_out_when_empty(), self.changed_by);
  }
};

// Nothing before the first start. `bad_input` for a damaged record, with the next step.
[[nodiscard]] base::Result<std::optional<Record>> read_record(int guard_fd);
// Durable on return; after a crash, the old or the new record is there.
[[nodiscard]] base::Result<void> write_record(int guard_fd, const Record& record);

// Replaces the answer of the previous doctor. Failures are ignored: it is for operators.
void write_migration(int guard_fd, const contract::StateMigrated& answer);

// Replaces the previous report. Failures are ignored, because a full disk must not prevent the start of a
// gateway.
void write_report(int guard_fd, const contract::GuardReport& report);

}  // namespace workers::guard
