// SPDX-License-Identifier: MIT
#include "tools/progress_bar.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/redaction.hpp"
#include "base/time.hpp"

namespace tools {
namespace {

constexpr unsigned bar_width = 16;

std::string moving_bar(unsigned step) {
  std::string bar(bar_width, ' ');
  const unsigned turn = step % (2 * (bar_width - 3));
  const unsigned at = turn < bar_width - 3 ? turn : 2 * (bar_width - 3) - turn;
  for (unsigned offset = 0; offset < 3; ++offset) bar[at + offset] = '=';
  return "[" + bar + "]";
}

std::size_t columns_of(std::FILE* stream) {
  winsize size{};
  if (::ioctl(::fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

ProgressBar::ProgressBar(std::FILE* stream, bool wanted)
    : stream_(stream), shown_(wanted && ::isatty(::fileno(stream)) == 1) {}

ProgressBar::~ProgressBar() {
  clear();
}

void ProgressBar::phase(const std::string& text) {
  phase_ = text;
  draw(text);
}

void ProgressBar::progress(const npm::Progress& progress) {
  const std::string elapsed = base::human_duration(progress.elapsed.count());
  draw(moving_bar(step_++) + " " + phase_ + ", " + elapsed + "  " + progress.last_line);
}

void ProgressBar::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stream_);
  std::fflush(stream_);
}

void ProgressBar::draw(const std::string& line) {
  if (!shown_) return;
  const std::string fitting = base::redacted(line, columns_of(stream_) - 1);
  std::fprintf(stream_, "\r\033[K%s", fitting.c_str());
  std::fflush(stream_);
}

}  // namespace tools
