// SPDX-License-Identifier: MIT
// What the watchdog must not forget when it is restarted itself: how often it has acted, and on what.
//
// One small JSON file in its state directory. Times are of CLOCK_BOOTTIME, so those of an earlier boot are
// dropped when it is read; what is counted, and the rollback that was started, stays.
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

// Since the machine was booted, suspended times included. It never goes back.
using Time = std::chrono::milliseconds;

struct Memory {
  std::vector<Time> restarts;  // by the watchdog, within the last hour, oldest first
  // The last release for which a line of its log has led to an act; "" is a gateway that the updater does not
  // know, and is kept until the next boot.
  std::optional<std::string> hint_taken_for;
  std::string rolled_back;    // the last promotion that a rollback was started for
  bool has_answered = false;  // the gateway, where it is asked
  std::string start_owed;     // the unit that was stopped in order to start it again
  std::uint64_t restarts_total = 0;
  std::map<std::string, std::uint64_t> incidents;  // by signature

  bool operator==(const Memory&) const = default;
};

[[nodiscard]] std::string to_json(const Memory& memory, std::string_view boot_id);
// Whatever cannot be read is as good as nothing: it is the watchdog's own file, and no reason not to watch.
[[nodiscard]] Memory memory_from_json(std::string_view text, std::string_view boot_id);

// <folder>/memory.json.
[[nodiscard]] Memory read_memory(const std::string& folder);
[[nodiscard]] base::Result<void> write_memory(const std::string& folder, const Memory& memory);

}  // namespace watchdog
