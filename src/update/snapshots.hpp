// SPDX-License-Identifier: MIT
// Snapshots of the gateway's state on demand: made by hand, beside those that updates take.
//
// What is copied lies in the gateway's state (snapshots/NAME/, workers/state/snapshot.hpp), where its user
// may write. Root's own word about it is <state>/snapshots/NAME/record.json, with the digest that the copy
// has to have, and definition/ with the unit's files; of the snapshot of an update, that update's journal.
//
// Updates tidy up after themselves, and leave alone what has a record. A snapshot whose making was killed has
// none, and goes with the next update that tidies up.
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
  std::string name;     // "s20261121T101500Z-4f2a"; of an update's: its id
  std::string origin;   // "by hand", "update t00000017-20261121T101500Z", "import of NAME (by hand)"
  std::string version;  // of the OpenClaw whose state it is; empty: not known
  std::string digest;
  std::int64_t at_ms = 0;  // Unix milliseconds; for people
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
  SnapshotRecord record;  // without a digest: nobody here has made it
  std::int64_t bytes = 0, files = 0;
  enum class Condition { present, changed, gone, unknown } condition = Condition::unknown;
};
// "present", "changed", "gone", "unknown".
[[nodiscard]] std::string_view name_of(ListedSnapshot::Condition condition);

// Of one made by hand, not of an update's. `usage` names what it should be.
[[nodiscard]] base::Result<void> require_snapshot_name(const std::string& text);

// Of all that follow the caller holds the updater's lock, and nothing of the gateway is stopped.

// Taken of the state as it is, while the gateway runs or not: the files one after another, each database as a
// whole. `refused` where that state is not the running gateway's. `notes`: what a person should know.
struct CreatedSnapshot {
  SnapshotRecord record;
  std::int64_t bytes = 0, files = 0;
  std::vector<std::string> notes;
};
[[nodiscard]] base::Result<CreatedSnapshot> create_snapshot(const Setup& setup, bool transcripts);
// The oldest first: what is there, and what has a record and is not there.
[[nodiscard]] base::Result<std::vector<ListedSnapshot>> list_snapshots(const Setup& setup);
// By name, of an update's too. `not_found` says where to look.
[[nodiscard]] base::Result<SnapshotRecord> find_snapshot(const Setup& setup, const std::string& name);
// `integrity` where the copy is not what it was. Reads all of it.
[[nodiscard]] base::Result<contract::SnapshotTaken> verify_snapshot(const Setup& setup,
                                                                    const SnapshotRecord& record);

// As one file (contract/snapshot_archive.hpp), for a backup or for another host. The worker writes and reads
// the archive, as the gateway's user; the file is root's, and stays the caller's.
struct ExportedSnapshot {
  std::int64_t bytes = 0, files = 0;  // of the snapshot
  std::uint64_t archive_bytes = 0;
  std::string sha256;              // of the archive
  std::vector<std::string> notes;  // what is not in it
};
// `integrity` for a snapshot that is not what it was. Where it fails there is no archive in `file`, whatever
// is.
[[nodiscard]] base::Result<ExportedSnapshot> export_snapshot(const Setup& setup, const SnapshotRecord& record,
                                                             int file);
// As one made by hand, under a name of its own. `bytes`: of the archive, 0 for not known. `integrity` for
// what is no archive, or not whole.
[[nodiscard]] base::Result<CreatedSnapshot> import_snapshot(const Setup& setup, int file,
                                                            std::uint64_t bytes);

// One made by hand; what a restore of it has set aside stays. An update's is `refused`.
[[nodiscard]] base::Result<void> remove_snapshot(const Setup& setup, const std::string& name);

// Of what openclaw-validate answered about the databases of that snapshot: done, or `refused` where
// context.to.release, which runs, cannot read them or cannot be asked, naming one that can.
[[nodiscard]] base::Result<Event> judge_restore(const Setup& setup, const contract::ReleaseValidated& answer,
                                                const SnapshotRecord& record, const Context& context);

// The names of all that have a record. `state_fd`: the updater's state directory.
[[nodiscard]] base::Result<std::vector<std::string>> recorded_snapshots(int state_fd);

}  // namespace update
