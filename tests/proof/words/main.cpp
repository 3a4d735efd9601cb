// SPDX-License-Identifier: MIT
// Prints a line for each row, and writes them to the file that is its argument. SEED and EVERY: see words.sh.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "proof.hpp"

namespace {

constexpr std::size_t all_logs = 3000, all_texts = 5000;
constexpr std::size_t least_logs = 20, least_texts = 50, most_shown = 5;

std::uint64_t number_in(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : std::strtoull(value, nullptr, 10);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = number_in("SEED", 1), every = std::max<std::uint64_t>(number_in("EVERY", 1), 1);
  std::ofstream file(argc > 1 ? argv[1] : "/dev/null");
  bool failed = false;
  const auto tell = [&](const words::Row& row) {
    failed = failed || !row.failures.empty();
    std::cout << (row.failures.empty() ? "ok - " : "not ok - ") << row.name << " (" << row.points
              << " points)\n";
    for (std::size_t i = 0; i < std::min(row.failures.size(), most_shown); ++i) {
      std::cout << "#   " << row.failures[i] << "\n";
    }
    std::cout.flush();
    file << row.name << "\t" << row.points << "\t" << row.failures.size() << "\t" << row.note << "\n";
  };
  words::judge_chat(seed, std::max(least_logs, all_logs / every), tell);
  words::show_hostile_text(seed, std::max(least_texts, all_texts / every), tell);
  return failed ? 1 : 0;
}
