// SPDX-License-Identifier: MIT
// What this machine has left for one more program beside those that run.
#pragma once

#include <cstdint>
#include <string>

namespace process {

struct Capacity {
  unsigned processors = 1;            // on which this process may run
  std::uint64_t available_bytes = 0;  // of memory, without swapping; 0: not known
};

// `proc` is a mounted procfs.
[[nodiscard]] Capacity capacity(const std::string& proc = "/proc");

// Whether `bytes` of memory and a processor are there for work beside other work. With one processor, it
// would only slow the other down. Without side effects.
[[nodiscard]] bool has_room_beside(const Capacity& capacity, std::uint64_t bytes);

}  // namespace process
