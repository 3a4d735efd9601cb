// SPDX-License-Identifier: MIT
// How long an update took, in one line: for its end, history, status and the journal.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace tools {

// "down for 11 s: stop 240 ms, start 5.2 s, until ready 5.9 s; 1 min 20 s in all: fetch 31 s, verify 16 s".
// Stages of less than 100 ms are omitted; one that was entered again has the sum. `report`: as --json has it.
// Empty if no stage was timed.
[[nodiscard]] std::string times_line(const nlohmann::json& report);

}  // namespace tools
