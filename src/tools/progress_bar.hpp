// SPDX-License-Identifier: MIT
// One line on a terminal that says what is going on. Packages cannot be counted while a client works, so the
// bar moves instead of filling: honest about being alive, silent about how much is left.
#pragma once

#include <cstdio>
#include <string>

#include "npm/install.hpp"

namespace tools {

class ProgressBar {
 public:
  // `stream` must be a terminal for anything to be shown.
  explicit ProgressBar(std::FILE* stream, bool wanted);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void phase(const std::string& text);
  void progress(const npm::Progress& progress);
  void clear();

 private:
  void draw(const std::string& line);

  std::FILE* stream_;
  bool shown_;
  unsigned step_ = 0;
  std::string phase_;
};

}  // namespace tools
