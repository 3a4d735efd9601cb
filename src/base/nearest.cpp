// SPDX-License-Identifier: MIT
#include "base/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "base/text.hpp"

namespace base {
namespace {

// Levenshtein's distance.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view word,
                                        const std::vector<std::string_view>& candidates) {
  constexpr std::size_t longest = 64;  // longer words are not typing mistakes, and cost time
  if (word.size() > longest) return std::nullopt;
  std::string meant = lower(word);
  std::replace(meant.begin(), meant.end(), '_', '-');
  std::optional<std::string_view> best;
  std::size_t least = std::max<std::size_t>(2, meant.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    if (const std::size_t steps = distance(meant, candidate); steps < least) {
      least = steps;
      best = candidate;
    }
  }
  return best;
}

}  // namespace base
