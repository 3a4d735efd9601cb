// SPDX-License-Identifier: MIT
// Starting the child of run(): a process group of its own, nothing inherited but one pipe.
#pragma once

#include <sys/types.h>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "process/run.hpp"

namespace process {

struct Launched {
  pid_t pid = -1;         // also the id of its process group
  base::UniqueFd output;  // non-blocking end of the pipe that is the child's stdout and stderr
  base::UniqueFd
      exited;  // readable once the child ended; none where the kernel or the sandbox has no pidfd_open
};

// An executable that cannot be started is an error here, not an exit status.
[[nodiscard]] base::Result<Launched> launch(const Command& command);

}  // namespace process
