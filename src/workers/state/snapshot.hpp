// SPDX-License-Identifier: MIT
// Taking a snapshot: once while the gateway runs, once more (what changed since) when it is stopped.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "workers/state/inventory.hpp"

namespace workers::state {

enum class Pass : std::uint8_t {
  hot,     // the gateway runs; its downtime does not count
  settle,  // it is stopped: whatever a stamp says is unchanged is not read again
};

struct Snapshot {
  Inventory inventory;
  std::size_t copied = 0;  // files that this pass copied; the others were there
};

// Writes nothing but snapshots/<transaction>/. Can be done again and goes on where a killed one left off.
// `refused` once a restore of this snapshot has begun; ENOSPC before anything is written, as far as that can
// be told.
[[nodiscard]] base::Result<Snapshot> take_snapshot(const Place& place, const std::string& transaction,
                                                   Pass pass,
                                                   Transcripts transcripts = Transcripts::left_out);

// Whether the state is what that snapshot holds, by the stamps of all files: nothing is read, and what cannot
// be told is not the same.
[[nodiscard]] base::Result<bool> is_current(const Place& place, const std::string& transaction);

// PRAGMA user_version of each live database, by path.
[[nodiscard]] base::Result<nlohmann::json> live_schemas(const Place& place);

// Every snapshot that is there, by name. Of one whose inventory cannot be read the digest is empty.
struct SnapshotThere {
  std::string name, digest;
  std::uint64_t bytes = 0, files = 0;
};
[[nodiscard]] base::Result<std::vector<SnapshotThere>> list_snapshots(const Place& place);

// Removes every snapshot but those of the transactions in `keep`, and answers whose. What a restore set aside
// stays: nobody but a person deletes that.
[[nodiscard]] base::Result<std::vector<std::string>> discard_snapshots(const Place& place,
                                                                       const std::vector<std::string>& keep);

}  // namespace workers::state
