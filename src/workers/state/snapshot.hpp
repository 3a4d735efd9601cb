// SPDX-License-Identifier: MIT
// Takes a snapshot: once while the gateway runs, and once more (what changed since) when it is stopped.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "workers/state/inventory.hpp"

namespace workers::state {

enum class Pass : std::uint8_t {
  hot,     // the gateway runs, so the duration is no downtime
  settle,  // it is stopped: files with an unchanged stamp are not read again
};

struct Snapshot {
  Inventory inventory;
  std::size_t copied = 0;  // files that this pass copied; the others were copied before
};

// Writes only to snapshots/<transaction>/. Can be repeated, and continues an interrupted one. `refused` if a
// restore of this snapshot has begun; ENOSPC before anything is written, if that can be predicted.
[[nodiscard]] base::Result<Snapshot> take_snapshot(const Place& place, const std::string& transaction,
                                                   Pass pass,
                                                   Transcripts transcripts = Transcripts::left_out);

// Whether the state equals that snapshot, by the stamps of all files: nothing is read, and in doubt the
// answer is no.
[[nodiscard]] base::Result<bool> is_current(const Place& place, const std::string& transaction,
                                            Transcripts transcripts = Transcripts::left_out);

// PRAGMA user_version of each live database, by path.
[[nodiscard]] base::Result<nlohmann::json> live_schemas(const Place& place);

// Every existing snapshot, by name. If its inventory cannot be read, the digest is empty.
struct SnapshotThere {
  std::string name, digest;
  std::uint64_t bytes = 0, files = 0;
};
[[nodiscard]] base::Result<std::vector<SnapshotThere>> list_snapshots(const Place& place);

// Removes all snapshots but those of the transactions in `keep`, and returns the removed ones. What a restore
// has set aside is kept: only operators delete that.
[[nodiscard]] base::Result<std::vector<std::string>> discard_snapshots(const Place& place,
                                                                       const std::vector<std::string>& keep);

}  // namespace workers::state
