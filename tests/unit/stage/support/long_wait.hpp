// SPDX-License-Identifier: MIT
// Changes a remembered failure into one that took minutes, so that the test need not wait.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

#include "support/temporary_directory.hpp"

namespace stage_tests {

inline void remember_as_if_it_took(const test_support::TemporaryDirectory& place, const std::string& state,
                                   int milliseconds) {
  const std::string file = state + "/staged-deps/failed-fetches.json";
  auto memory = nlohmann::json::parse(place.read(file));
  for (auto& failure : memory["failures"]) failure["took_ms"] = milliseconds;
  place.write(file, memory.dump());
}

}  // namespace stage_tests
