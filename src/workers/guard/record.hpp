// SPDX-License-Identifier: MIT
// What the guard of a container's volume records for the next start, in the folder state-guard of the state
// directory:
//
//   lock           a kernel lock is held on it as long as any process of a container uses the volume
//   record.json    Record
//   report.json    Report, for programs that check whether a start may be announced
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "contract/members.hpp"

namespace workers::guard {

inline constexpr const char* guard_folder = "state-guard";
inline constexpr const char* lock_file = "lock";
inline constexpr const char* record_file = "record.json";
inline constexpr const char* report_file = "report.json";

struct Record {
  std::string version;     // of the OpenClaw that last ran on this state; empty: unknown
  std::string host;        // of the container that it ran in; information for operators
  std::int64_t at_ms = 0;  // Unix milliseconds; information for operators

  // A restore that has begun and may not be complete; without one, all are empty.
  std::string restoring;     // the snapshot that is being restored
  std::string restored_for;  // the version for which it is restored
  std::string replaced;      // the snapshot of the state that it replaces, of `version`
  std::string attempt;       // identifies the restore uniquely

  [[nodiscard]] bool has_open_restore() const { return !restoring.empty(); }

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::optional("version"), self.version);
    visitor(contract::optional("host"), self.host);
    visitor(contract::optional("at_ms"), self.at_ms);
    visitor(contract::optional("restoring").left_out_when_empty(), self.restoring);
    visitor(contract::optional("restored_for").left_out_when_empty(), self.restored_for);
    visitor(contract::optional("replaced").left_out_when_empty(), self.replaced);
    visitor(contract::optional("attempt").left_out_when_empty(), self.attempt);
  }
};

// Nothing before the first start. `bad_input` for a damaged record, with the next step.
[[nodiscard]] base::Result<std::optional<Record>> read_record(int guard_fd);
// Durable on return; after a crash, the old or the new record is there.
[[nodiscard]] base::Result<void> write_record(int guard_fd, const Record& record);

// The result of the last start. It concerns the databases, not the gateway: a gateway whose databases are
// being migrated is ready when it reports this itself.
struct Report {
  std::int64_t schema = 1;
  std::string version;  // of the image
  std::string before;   // that ran before; empty: none, or unknown
  // "admitted": the image's OpenClaw can use the databases, or there is no evidence to the contrary;
  // "migrating": it changes their schema at its start; "refused": it cannot read them.
  std::string databases;
  std::string message;     // a sentence
  std::int64_t at_ms = 0;  // Unix milliseconds

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::required("schema"), self.schema);
    visitor(contract::optional("version"), self.version);
    visitor(contract::optional("before"), self.before);
    visitor(contract::optional("databases"), self.databases);
    visitor(contract::words("message"), self.message);
    visitor(contract::optional("at_ms"), self.at_ms);
  }
};

// Replaces the previous report. Failures are ignored, because a full disk must not prevent the start of a
// gateway.
void write_report(int guard_fd, const Report& report);

}  // namespace workers::guard
