// SPDX-License-Identifier: MIT
// In a container there is no service manager that says how far the gateway is: until it listens, it may still
// be starting.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace tools {

// openclaw-guard-state of this container runs: a snapshot or a doctor may take longer than any start. `proc`
// is the path of a mounted procfs.
[[nodiscard]] bool guard_is_at_work(const std::string& proc);

// When what is now the gateway began to start, in Unix milliseconds: with process 1, or when the guard, which
// was that process, ended. Clocks of containers jump: a time of the guard that is not between the two others
// does not count.
[[nodiscard]] std::int64_t start_began_at(std::int64_t process_ms, std::int64_t guard_ended_ms,
                                          std::int64_t now_ms);

// `state_directory`: which contains the guard's folder.
[[nodiscard]] bool may_still_start(const std::string& proc, const std::string& state_directory,
                                   std::chrono::milliseconds start_may_take);

}  // namespace tools
