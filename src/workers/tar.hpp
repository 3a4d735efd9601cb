// SPDX-License-Identifier: MIT
// Runs tar(1), which is on every Debian, without privileges.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "process/run.hpp"

namespace workers {

struct Tar {
  std::vector<std::string> arguments;
  std::string directory;  // working directory
  std::string does;       // "unpack x.tgz", for the error
};
// Fails with `integrity`, or with ENOSPC.
[[nodiscard]] base::Result<void> run_tar(const Tar& tar, const process::Watch& watch);

}  // namespace workers
