// SPDX-License-Identifier: MIT
// tar(1), which every Debian has, run without privileges.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "process/run.hpp"

namespace workers {

struct Tar {
  std::vector<std::string> arguments;
  std::string directory;  // that it runs in
  std::string does;       // "unpack x.tgz", for the error
};
// What it fails with is `integrity`, or ENOSPC.
[[nodiscard]] base::Result<void> run_tar(const Tar& tar, const process::Watch& watch);

}  // namespace workers
