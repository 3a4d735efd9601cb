// SPDX-License-Identifier: MIT
// What the watchdog has to know after its own restart: how often it has acted, and on what.
//
// One small JSON file in its state directory. Times are of CLOCK_BOOTTIME, so times of an earlier boot are
// dropped when the file is read; counters and the rollback that was started are kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace watchdog {

// Since the boot, including suspended time. Never decreases.
using Time = std::chrono::milliseconds;

struct Memory {
  std::vector<Time> restarts;  // by the watchdog, within the last hour, oldest first
  // The last release for which a log line has led to an act; "" stands for a gateway that the updater does
  // not know, and is kept until the next boot.
  std::optional<std::string> hint_taken_for;
  std::string rolled_back;         // the last promotion for which a rollback was started
  bool has_answered = false;       // the gateway has, at the address where it is asked
  std::string start_owed;          // the unit that was stopped for a restart and is not started yet
  std::string stopped_invocation;  // the present one of the unit, if others have asked for its stop
  std::uint64_t restarts_total = 0;
  std::map<std::string, std::uint64_t> incidents;  // by signature

  bool operator==(const Memory&) const = default;
};

[[nodiscard]] std::string to_json(const Memory& memory, std::string_view boot_id);
// A malformed text counts as empty: the file belongs to the watchdog, and must not prevent it from watching.
[[nodiscard]] Memory memory_from_json(std::string_view text, std::string_view boot_id);

// <folder>/memory.json, empty if there is none. It is read when the watchdog begins, and what an earlier
// watchdog was writing when it was killed is then removed from its folder. After an error (EIO, EMFILE,
// ENOMEM) it is not known, and must be read again before anything is written over it.
[[nodiscard]] base::Result<Memory> read_memory(const std::string& folder);
[[nodiscard]] base::Result<void> write_memory(const std::string& folder, const Memory& memory);

// What an earlier watchdog knew, before what this one has done without its knowledge.
[[nodiscard]] Memory joined(Memory earlier, const Memory& since);

}  // namespace watchdog
