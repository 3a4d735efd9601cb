// SPDX-License-Identifier: MIT
// A snapshot as a tar archive (contract/snapshot_archive.hpp), which goes through a pipe: it may be larger
// than what is free here, and its file is root's.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "contract/snapshot_archive.hpp"
#include "systemd/notify.hpp"
#include "workers/state/inventory.hpp"

namespace workers::state {

// Reads all of the snapshot first: `integrity` where it is not what it was, and nothing is written then.
// `archived`: its `config` is found out here. `pipe`: a path that is opened for writing. `work`: a folder for
// small files.
[[nodiscard]] base::Result<Inventory> pack_snapshot(const Place& place, contract::ArchivedSnapshot archived,
                                                    const std::string& pipe, const std::string& work,
                                                    systemd::Notifier& notifier);

struct Unpacked {
  contract::ArchivedSnapshot archived;
  Inventory inventory;
};
// Makes snapshots/<transaction>/ of what comes out of `pipe`, all of it read and compared with what the
// archive says. `bytes`: that it has, 0 for not known. Where it fails nothing is left: `integrity` for what
// is no such archive or not whole, `refused` for one of a gateway whose config lies elsewhere than here.
[[nodiscard]] base::Result<Unpacked> unpack_snapshot(const Place& place, const std::string& transaction,
                                                     const std::string& pipe, std::uint64_t bytes,
                                                     systemd::Notifier& notifier);

}  // namespace workers::state
