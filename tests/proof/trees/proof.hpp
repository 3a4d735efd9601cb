// SPDX-License-Identifier: MIT
// What the environment asks for, and what is told at the end.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace trees {

class Witness;

struct Proof {
  std::uint64_t seed = 0;
  std::uint64_t every = 1;     // one in so many pairs
  std::uint64_t rounds = 0;    // swaps in each race
  std::string results, place;  // folders: of the report, and for the trees
  Witness* witness = nullptr;

  struct Row {
    std::uint64_t points = 0, failures = 0;
    std::string note;
  };
  std::map<std::string, Row> rows;

  // A folder for one pair, which does not exist yet.
  [[nodiscard]] std::string next_plot();

 private:
  std::uint64_t number_ = 0;
};

inline constexpr const char* pairs_note = "shapes of trees";

[[nodiscard]] Proof& proof();
// "ok - sentence", or "not ok - sentence".
void tell(bool good, std::string_view sentence);

// The tests are made of the tables.
void register_pairs();
void register_races();

}  // namespace trees
