// SPDX-License-Identifier: MIT
// The answer of OpenClaw's command line to --json, among whatever else it prints on stdout.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace openclaw {

struct Answer {
  enum class Kind : std::uint8_t { object, objects } kind = Kind::object;  // objects: a list of them
  // It, or one of the list, has at least one of these: a log line in JSON has none.
  std::vector<std::string_view> members;
};

// What begins a line outside of any other value, has nothing behind it on its last line, and is what is
// looked for. 2026.4.20 prints "[plugins] codex installed bundled runtime deps: ..." before it, releases log
// in JSON where the config says so, and a plugin prints what it likes, before and after.
//
// Neither the first nor the last of several is the answer: who logs can write before and after it. So where
// two are found that are not equal, there is no answer.
[[nodiscard]] std::optional<nlohmann::json> find_answer(std::string_view output, const Answer& wanted);

}  // namespace openclaw
