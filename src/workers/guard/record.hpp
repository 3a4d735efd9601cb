// SPDX-License-Identifier: MIT
// What the guard of a container's volume knows from one start to the next, in the folder state-guard of the
// state directory:
//
//   lock           held by a kernel lock for as long as anything of a container uses the volume
//   record.json    Record
//   report.json    Report, for whoever asks whether a start may be announced
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
  std::string version;     // of the OpenClaw that last ran on this state; empty: not known
  std::string host;        // of the container that it ran in; for people
  std::int64_t at_ms = 0;  // Unix milliseconds; for people

  // A restore that has begun and is not known to be done; without one all are empty.
  std::string restoring;     // the snapshot that is put back
  std::string restored_for;  // the version that it is put back for
  std::string replaced;      // the snapshot of what it replaces, of `version`
  std::string attempt;       // which restore it is: no other has this text

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

// Nothing before the first start. `bad_input` for one that is damaged, with what to do.
[[nodiscard]] base::Result<std::optional<Record>> read_record(int guard_fd);
// Durable when it returns; a crash leaves the old one or the new one.
[[nodiscard]] base::Result<void> write_record(int guard_fd, const Record& record);

// What the last start found. It tells of the databases, not of the gateway: one that is being migrated is
// ready when the gateway itself says so.
struct Report {
  std::int64_t schema = 1;
  std::string version;  // of the image
  std::string before;   // that ran before; empty: none, or not known
  // "admitted": the image's OpenClaw works with the databases, or nothing shows otherwise; "migrating": it
  // changes their schema when it starts; "refused": it cannot read them.
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

// In place of the one before. A full disk must not decide whether a gateway starts: what fails is not said.
void write_report(int guard_fd, const Report& report);

}  // namespace workers::guard
