// SPDX-License-Identifier: MIT
#include "base/share_done.hpp"

#include "base/text.hpp"
#include "base/time.hpp"

namespace base {

std::string share_done(std::uint64_t done, std::uint64_t total, std::chrono::milliseconds elapsed) {
  constexpr std::chrono::milliseconds too_early{2000};
  if (total == 0 || done > total) return "";
  const double share = static_cast<double>(done) / static_cast<double>(total);
  const std::string percent = std::to_string(static_cast<unsigned>(share * 100)) + " %";
  if (done == 0 || done == total || elapsed < too_early) return percent;
  const double left = static_cast<double>(elapsed.count()) * (1 - share) / share;
  constexpr double longest = 24.0 * 3600 * 1000;
  if (left > longest) return percent;
  return concat({percent, ", ", human_duration(static_cast<std::int64_t>(left)), " left"});
}

}  // namespace base
