// SPDX-License-Identifier: MIT
#include "tools/hold_end.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/text.hpp"
#include "base/time.hpp"

namespace tools {
namespace {

using base::ErrorKind;

struct Span {
  std::string_view name;
  std::int64_t seconds;
};
constexpr std::array spans{Span{"min", 60}, Span{"h", 3600}, Span{"d", 86'400}, Span{"w", 604'800}};
constexpr std::int64_t longest_seconds = std::int64_t{366} * 86'400;
constexpr std::size_t longest_shown = 64;

auto no_time(const std::string& text, std::string_view expected) {
  return base::fail(ErrorKind::usage, base::concat({"must be ", expected, ", not '",
                                                    base::printable(text, longest_shown), "'"}));
}

}  // namespace

base::Result<std::int64_t> hold_end_at(const std::string& text, std::int64_t now_ms) {
  const auto end = base::local_time(std::string(base::trim(text)));
  if (!end) return no_time(text, "a day or a time such as 2026-12-01 or '2026-12-01 08:00'");
  if (*end > now_ms) return *end;
  return base::fail(ErrorKind::usage, base::concat({base::printable(text, longest_shown),
                                                    " is in the past: the hold would end before it begins"}));
}

base::Result<std::int64_t> hold_end_after(const std::string& text, std::int64_t now_ms) {
  constexpr std::string_view expected = "a time such as 3d, 12h or '1w 2d' (min, h, d, w), at most 366d";
  std::int64_t total = 0;
  std::string_view rest = base::trim(text);
  while (!rest.empty()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc{} || number <= 0 || number > longest_seconds) return no_time(text, expected);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const std::size_t length = std::min(rest.find_first_of("0123456789 \t"), rest.size());
    const auto* const span = std::ranges::find(spans, rest.substr(0, length), &Span::name);
    if (span == spans.end()) return no_time(text, expected);
    total += number * span->seconds;
    if (total > longest_seconds) return no_time(text, expected);
    rest = base::trim(rest.substr(length));
  }
  if (total == 0) return no_time(text, expected);
  return now_ms + total * 1000;
}

}  // namespace tools
