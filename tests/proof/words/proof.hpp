// SPDX-License-Identifier: MIT
// What a part of the proof has looked at, and found.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace words {

struct Row {
  std::string name, note = {};
  std::uint64_t points = 0;
  std::vector<std::string> failures = {};  // each with what repeats it
  void check(bool holds, const std::string& what) {
    ++points;
    if (!holds) failures.push_back(what);
  }
};

// `logs` and `texts`: how many are drawn, each from a seed of its own, the first of which is `seed`.
using Tell = std::function<void(const Row& row)>;
void judge_chat(std::uint64_t seed, std::size_t logs, const Tell& tell);
void show_hostile_text(std::uint64_t seed, std::size_t texts, const Tell& tell);

}  // namespace words
