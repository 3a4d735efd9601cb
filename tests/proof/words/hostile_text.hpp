// SPDX-License-Identifier: MIT
// Bytes that must not reach a terminal, a field of a journal or a status, drawn from a seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace words {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}
  // At least 0 and less than `end`.
  [[nodiscard]] std::size_t below(std::size_t end) { return random_() % end; }
  [[nodiscard]] bool in_percent(std::size_t percent) { return below(100) < percent; }
  template <class List>
  [[nodiscard]] const auto& one_of(const List& list) {
    return list[below(list.size())];
  }

 private:
  std::mt19937_64 random_;
};

// Terminal sequences (CSI, OSC 8 and 52, DCS, C1 in UTF-8 and raw), bidirectional overrides, line ends, NULs,
// invalid UTF-8, forged fields and entries of the journal, JSON inside JSON.
[[nodiscard]] const std::vector<std::string>& hostile_pieces();
// Several of them among ordinary words; rarely a mebibyte.
[[nodiscard]] std::string hostile_text(Draw& draw);

// What is wrong with it as text for a terminal; empty: nothing. It does not share its rules with the code
// under test. Line ends are allowed if `lines`.
[[nodiscard]] std::string fault_of(std::string_view text, bool lines);

// As a string of C++, for repeating it.
[[nodiscard]] std::string spelled(std::string_view text, std::size_t limit = 400);

}  // namespace words
