// SPDX-License-Identifier: MIT
// The last output of a child, within bounds, however much it prints.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/redaction.hpp"

namespace process {

class OutputTail {
 public:
  static constexpr std::size_t limit = std::size_t{64} * 1024;

  // `is_progress` (optional) is asked with each complete line. `secrets` (optional) outlives this.
  explicit OutputTail(std::function<bool(std::string_view line)> is_progress,
                      const base::Redaction* secrets = nullptr);

  // True when one of the lines that this completed is progress.
  bool append(std::string_view bytes);

  [[nodiscard]] const std::string& last_line() const { return last_line_; }  // as it may be shown
  // As it came, the last 64 KiB, from the beginning of a line: half of a secret would not be told as one.
  [[nodiscard]] std::string text() const;

 private:
  bool end_line();

  std::function<bool(std::string_view)> is_progress_;
  const base::Redaction* secrets_;
  std::string tail_, line_, last_line_;
  bool is_cut_ = false;  // the tail, possibly in the middle of a line
};

}  // namespace process
