// SPDX-License-Identifier: MIT
// What a running npm was told, which its title does not say: from its arguments where they are still there,
// and else from the log that it has open.
#pragma once

#include <string>
#include <vector>

namespace openclaw {

struct NpmProcess {
  std::vector<std::string> arguments;  // after "npm"
  std::string prefix;                  // where it installs for everybody, as it was told; empty: not told
};

// `process_fd`: a descriptor of /proc/PID. `arguments`: what the kernel has after npm's script, or what its
// title says, for where it writes no log.
[[nodiscard]] NpmProcess look_at_npm(int process_fd, std::vector<std::string> arguments);

}  // namespace openclaw
