// What a child said last, within bounds, whatever and however much it prints.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace npm {

class OutputTail {
 public:
  static constexpr std::size_t limit = std::size_t{64} * 1024;

  // `is_progress` (optional) is asked with each complete line.
  explicit OutputTail(std::function<bool(std::string_view line)> is_progress);

  // True when one of the lines that this completed is progress.
  bool append(std::string_view bytes);

  [[nodiscard]] const std::string& last_line() const { return last_line_; }  // printable
  [[nodiscard]] std::string text() const;                                    // as it came, the last 64 KiB

 private:
  bool end_line();

  std::function<bool(std::string_view)> is_progress_;
  std::string tail_, line_, last_line_;
};

}  // namespace npm
