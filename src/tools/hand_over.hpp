// SPDX-License-Identifier: MIT
// What a program does that becomes another one by exec, as a container's first process or not.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace tools {

// The kernel keeps SIGTERM from a container's first process that has no handler for it: a stop would wait for
// its time limit while something is staged. From here on such a signal ends this process with 128 + its
// number, and whatever it becomes by exec has the ordinary dispositions again. Elsewhere it does nothing.
void end_when_told();

// What died while this process was the container's first is reaped, since what it becomes does not know it.
void reap_orphans();

// Becomes `program`, a name in the folder of this one. Answers why not.
[[nodiscard]] base::Error become_sibling(const char* program, const std::vector<std::string>& words);

// Becomes the command. Answers the exit status of a shell when it cannot: 126, 127 where there is none.
struct CannotRun {
  int exit_status = 0;
  std::string message;
};
[[nodiscard]] CannotRun become(const std::vector<std::string>& command);

}  // namespace tools
