// SPDX-License-Identifier: MIT
// Snapshots of the gateway's state on demand, in addition to those of updates.
//
// The copies are in the gateway's state (snapshots/NAME/, workers/state/snapshot.hpp), where its user may
// write. The trusted record is root's <state>/snapshots/NAME/record.json, with the digest that the copy must
// have, and definition/ with the unit's files; for the snapshot of an update, it is that update's journal.
//
// Updates remove old snapshots, but none that has a record. A snapshot whose creation was interrupted has no
// record, and is removed by the next update.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "contract/results.hpp"
#include "update/setup.hpp"
#include "update/states.hpp"

namespace update {

struct SnapshotRecord {
  std::string name;     // "s20261121T101500Z-4f2a"; for one of an update: its ID
  std::string origin;   // "by hand", "update t00000017-20261121T101500Z", "import of NAME (by hand)"
  std::string version;  // of the OpenClaw that left the state; empty: unknown
  std::string digest;
  std::int64_t at_ms = 0;  // Unix milliseconds; information for operators
  contract::Schemas schemas;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::required("name"), self.name);
    visitor(contract::optional("origin"), self.origin);
    visitor(contract::optional("version"), self.version);
    visitor(contract::required("digest"), self.digest);
    visitor(contract::optional("at_ms"), self.at_ms);
    visitor(contract::optional("schemas"), self.schemas);
  }
};

struct ListedSnapshot {
  SnapshotRecord record;  // without a digest: it has no record on this host
  std::int64_t bytes = 0, files = 0;
  enum class Condition { present, changed, gone, unknown } condition = Condition::unknown;
};
// "present", "changed", "gone", "unknown".
[[nodiscard]] std::string_view name_of(ListedSnapshot::Condition condition);

// Only for snapshots on demand, not for those of updates. `usage` contains the expected form.
[[nodiscard]] base::Result<void> require_snapshot_name(const std::string& text);

// For all functions below, the caller holds the updater's lock, and the gateway is not stopped.

// Copies the present state, whether the gateway runs or not: file by file, each database consistently.
// `refused` if that state is not the running gateway's. `notes`: information for an operator.
struct CreatedSnapshot {
  SnapshotRecord record;
  std::int64_t bytes = 0, files = 0;
  std::vector<std::string> notes;
};
[[nodiscard]] base::Result<CreatedSnapshot> create_snapshot(const Setup& setup, bool transcripts);
// The oldest first: existing snapshots, and those with a record that no longer exist.
[[nodiscard]] base::Result<std::vector<ListedSnapshot>> list_snapshots(const Setup& setup);
// By name, including those of updates. `not_found` contains where to look.
[[nodiscard]] base::Result<SnapshotRecord> find_snapshot(const Setup& setup, const std::string& name);
// `integrity` if the copy was changed. Reads all of it.
[[nodiscard]] base::Result<contract::SnapshotTaken> verify_snapshot(const Setup& setup,
                                                                    const SnapshotRecord& record);

// A snapshot as one file (contract/snapshot_archive.hpp), for a backup or for another host. The worker, which
// runs as the gateway's user, writes and reads the archive; the file belongs to root, and only the caller
// opens it.
struct ExportedSnapshot {
  std::int64_t bytes = 0, files = 0;  // of the snapshot
  std::uint64_t archive_bytes = 0;
  std::string sha256;              // of the archive
  std::vector<std::string> notes;  // what the archive does not contain
};
// `integrity` if the snapshot was changed. After an error, the content of `file` is not a valid archive.
[[nodiscard]] base::Result<ExportedSnapshot> export_snapshot(const Setup& setup, const SnapshotRecord& record,
                                                             int file);
// Creates a snapshot on demand with a new name. `bytes`: size of the archive, 0 if unknown. `integrity` if it
// is not an archive, or incomplete.
[[nodiscard]] base::Result<CreatedSnapshot> import_snapshot(const Setup& setup, int file,
                                                            std::uint64_t bytes);

// Removes a snapshot on demand; what a restore of it has set aside is kept. `refused` for one of an update.
[[nodiscard]] base::Result<void> remove_snapshot(const Setup& setup, const std::string& name);

// Evaluates openclaw-validate's answer about the databases of that snapshot: done, or `refused` if the
// running context.to.release cannot read them or cannot be asked; the reason names a release that can.
[[nodiscard]] base::Result<Event> judge_restore(const Setup& setup, const contract::ReleaseValidated& answer,
                                                const SnapshotRecord& record, const Context& context);

// The names of all snapshots with a record. `state_fd`: the updater's state directory.
[[nodiscard]] base::Result<std::vector<std::string>> recorded_snapshots(int state_fd);

}  // namespace update
