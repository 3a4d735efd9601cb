// SPDX-License-Identifier: MIT
// The identity of a process: a PID alone does not identify it, because the kernel reuses PIDs (#75028).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace lock {

// Facts about a process and about this machine. Times are Unix milliseconds.
struct ProcessFacts {
  bool exists = false;                        // false also for a zombie: it holds nothing any more
  std::optional<std::uint64_t> start_ticks;   // /proc/<pid>/stat field 22, since boot
  std::optional<std::int64_t> started_at_ms;  // the same as a wall clock time, early by up to 1 s, never late
};

struct MachineFacts {
  std::int64_t now_ms = 0;
  std::int64_t booted_at_ms = 0;
  // When PID 1 of our PID namespace started: a lock older than that was taken in another container. The boot
  // itself where PID 1 is hidden from us (ProtectProc=invisible).
  std::int64_t namespace_started_at_ms = 0;
  // We are in a container: other processes of this machine, which we cannot see, may share our state volume.
  bool namespaced = false;
  // The last PID that our namespace assigned. In a young container, a greater one is of another container.
  std::int64_t last_pid = 0;
};

// The greatest PID that Linux can be configured to give (PID_MAX_LIMIT of 64-bit kernels).
inline constexpr std::int64_t greatest_pid = std::int64_t{4} * 1024 * 1024;

// `proc` is the path of a mounted procfs ("/proc"; a fixture in tests).
[[nodiscard]] ProcessFacts observe_process(const std::string& proc, std::int64_t pid);
[[nodiscard]] base::Result<MachineFacts> observe_machine(const std::string& proc);

}  // namespace lock
