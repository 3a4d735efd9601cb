// SPDX-License-Identifier: MIT
// Runs tar(1), which is on every Debian, without privileges.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "process/run.hpp"
#include "systemd/notify.hpp"

namespace workers {

struct Tar {
  std::vector<std::string> arguments;
  std::string directory;  // working directory
  std::string does;       // "unpack x.tgz", for the error
  int input = -1;         // an open file, borrowed, that is its standard input
  // Of an archive of strangers: what tar says although it succeeds is a failure, too. It is silent about a
  // sound one, and says that it has removed the beginning of a name that leads out.
  bool is_strict = false;
};
// Fails with `integrity`, or with ENOSPC.
[[nodiscard]] base::Result<void> run_tar(const Tar& tar, const process::Watch& watch);

// The archive of an import, to be tar's standard input. By its name, tar would open the pipe twice, to look
// whether the archive is compressed, and wait for a second writer.
[[nodiscard]] base::Result<base::UniqueFd> open_transfer(const std::string& path);
// For an archive that goes through a pipe: it is given up after a while if the other end makes no progress
// (slow network, full disk).
[[nodiscard]] process::Watch watch_of_transfer(systemd::Notifier& notifier);

}  // namespace workers
