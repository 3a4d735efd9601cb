// SPDX-License-Identifier: MIT
// A snapshot as a tar archive (contract/snapshot_archive.hpp), which is passed through a pipe: it may be
// larger than the free space here, and its file belongs to root.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "contract/snapshot_archive.hpp"
#include "systemd/notify.hpp"
#include "workers/state/inventory.hpp"

namespace workers::state {

// Reads all of the snapshot first: if it is not as recorded, the error is `integrity`, and nothing is
// written. `archived`: its `config` is set here. `pipe`: a path that is opened for writing. `work`: a folder
// for small files.
[[nodiscard]] base::Result<Inventory> pack_snapshot(const Place& place, contract::ArchivedSnapshot archived,
                                                    const std::string& pipe, const std::string& work,
                                                    systemd::Notifier& notifier);

struct Unpacked {
  contract::ArchivedSnapshot archived;
  Inventory inventory;
};
// Makes snapshots/<transaction>/ from the content of `pipe`, all of which is read and compared with the
// archive's own inventory. `bytes`: its size, 0 if unknown. Nothing is left after a failure: `integrity` if
// it is no such archive or incomplete, `refused` if the config of its gateway is in another place than here.
[[nodiscard]] base::Result<Unpacked> unpack_snapshot(const Place& place, const std::string& transaction,
                                                     const std::string& pipe, std::uint64_t bytes,
                                                     systemd::Notifier& notifier);

}  // namespace workers::state
