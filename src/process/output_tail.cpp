// SPDX-License-Identifier: MIT
#include "process/output_tail.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace process {
namespace {

constexpr std::size_t longest_line = 1024;  // the rest of a longer one is not worth showing

}  // namespace

OutputTail::OutputTail(std::function<bool(std::string_view line)> is_progress, const base::Redaction* secrets)
    : is_progress_(std::move(is_progress)), secrets_(secrets) {}

bool OutputTail::append(std::string_view bytes) {
  tail_ += bytes;
  // Cut at twice the limit, so that the copying stays proportional to what comes in.
  if (tail_.size() > 2 * limit) {
    tail_.erase(0, tail_.size() - limit);
    is_cut_ = true;
  }
  bool progress = false;
  for (const char c : bytes) {
    if (c == '\n' || c == '\r') {
      progress = end_line() || progress;
    } else if (line_.size() < longest_line) {
      line_ += c;
    }
  }
  return progress;
}

bool OutputTail::end_line() {
  const std::string line = base::printable(std::exchange(line_, {}), longest_line);
  const std::string_view said = base::trim(line);
  if (said.empty()) return false;
  last_line_ =
      secrets_ == nullptr ? base::redacted(said, longest_line) : secrets_->applied(said, longest_line);
  return !is_progress_ || is_progress_(said);
}

std::string OutputTail::text() const {
  if (!is_cut_ && tail_.size() <= limit) return tail_;
  const std::size_t cut = tail_.size() - std::min(tail_.size(), limit);
  const std::size_t line_end = tail_.find('\n', cut);
  return tail_.substr(line_end == std::string::npos ? cut : line_end + 1);
}

}  // namespace process
