// SPDX-License-Identifier: MIT
// CHANGELOG.md of a package (openclaw/changelog.hpp).
#include "openclaw/changelog.hpp"

#include "lib/target.hpp"
#include "lib/words.hpp"

using openclaw::Version;
using target::require;

namespace {

void fuzz_span(std::string_view text, const openclaw::VersionSpan& span) {
  const auto sections = openclaw::changelog_sections(text, span);
  require(sections.size() <= 200, "there are at most 200 sections");
  std::size_t lines = 0;
  const Version* newer = nullptr;
  for (const auto& section : sections) {
    require(newer == nullptr || section.version < *newer, "the newest is the first, and each is there once");
    require(!span.after || section.version > *span.after, "no section is older than asked for");
    newer = &section.version;
    for (const auto& part : section.parts) {
      require(target::is_printable(part.title) && part.title.size() <= 120, "a title is printable");
      require(!part.is_for_reference || part.lines.empty(), "what is for reference is not shown");
      lines += part.lines.size();
      for (const auto& line : part.lines)
        require(target::is_printable(line) && line.size() <= 2000, "a line is, too");
    }
  }
  require(lines <= 20'000, "there are at most 20,000 lines");
}

}  // namespace

void fuzz(std::string_view input) {
  fuzz_span(input, {std::nullopt, *Version::parse("2026.9.6")});
  fuzz_span(input, {*Version::parse("2026.4.20"), *Version::parse("2026.9.6")});
  fuzz_span(input, {*Version::parse("0.0.1"), *Version::parse("9999.9.9")});
}
