// SPDX-License-Identifier: MIT
#include "openclaw/changelog.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace openclaw {
namespace {

constexpr std::size_t most_sections = 200;
constexpr std::size_t most_lines = 20'000;
constexpr std::size_t most_entries = 500;  // of a part for readers
constexpr std::size_t longest_line = 2'000;
constexpr std::size_t longest_title = 120;
constexpr std::string_view section_mark = "## ";
constexpr std::string_view title_mark = "### ";
constexpr std::string_view pull_request_mark = "- **PR #";

bool is_in_span(const VersionSpan& span, const Version& version) {
  Version last = span.until;
  if (last.correction < 0) {
    last.correction = 0;
    last.prerelease.clear();
  }
  if (version > last) return false;
  return span.after ? version > *span.after : version == last || version == span.until;
}

// "2026.9.6" of "2026.9.6 (November 28)".
std::optional<Version> version_in(std::string_view heading) {
  heading = base::trim(heading);
  return Version::parse(heading.substr(0, heading.find_first_of(" \t")));
}

class SectionReader {
 public:
  explicit SectionReader(const VersionSpan& span) : span_(span) {}

  void take(std::string_view line) {
    if (line.starts_with(section_mark)) {
      begin_section(line.substr(section_mark.size()));
    } else if (is_inside_ && line.starts_with(title_mark)) {
      begin_part(line.substr(title_mark.size()));
    } else if (is_inside_) {
      add(line);
    }
  }

  [[nodiscard]] std::vector<ChangelogSection> sections() && { return std::move(sections_); }

 private:
  // A heading that is no version ("Unreleased") ends the section before it.
  void begin_section(std::string_view heading) {
    const auto version = version_in(heading);
    is_inside_ = version && sections_.size() < most_sections && is_in_span(span_, *version) &&
                 std::find(seen_.begin(), seen_.end(), *version) == seen_.end();
    if (!is_inside_) return;
    seen_.push_back(*version);
    sections_.push_back({*version, {}});
  }

  void begin_part(std::string_view title) {
    if (lines_ >= most_lines) return;
    ++lines_;
    sections_.back().parts.push_back({base::printable(base::trim(title), longest_title), {}});
  }

  void add(std::string_view line) {
    const std::size_t end = line.find_last_not_of(" \t\r");
    if (end == std::string_view::npos) return;
    line = line.substr(0, end + 1);
    std::vector<ChangelogPart>& parts = sections_.back().parts;
    if (parts.empty()) parts.emplace_back();
    ChangelogPart& part = parts.back();
    if (line.starts_with("- ") || line.starts_with("* ")) ++part.entries;
    if (line.starts_with(pull_request_mark) || part.entries > most_entries) set_aside(part);
    if (part.is_for_reference || lines_ >= most_lines) {
      ++part.left_out;
      return;
    }
    ++lines_;
    part.lines.push_back(base::printable(line, longest_line));
  }

  void set_aside(ChangelogPart& part) {
    lines_ -= part.lines.size();
    part.left_out += part.lines.size();
    part.lines.clear();
    part.is_for_reference = true;
  }

  const VersionSpan& span_;
  std::vector<ChangelogSection> sections_;
  std::vector<Version> seen_;
  std::size_t lines_ = 0;  // kept, of all sections
  bool is_inside_ = false;
};

}  // namespace

std::size_t ChangelogSection::entries() const {
  std::size_t sum = 0;
  for (const ChangelogPart& part : parts) {
    if (!part.is_for_reference) sum += part.entries;
  }
  return sum;
}

std::vector<ChangelogSection> changelog_sections(std::string_view text, const VersionSpan& span) {
  SectionReader reader(span);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    reader.take(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  std::vector<ChangelogSection> sections = std::move(reader).sections();
  std::stable_sort(
      sections.begin(), sections.end(),
      [](const ChangelogSection& one, const ChangelogSection& other) { return one.version > other.version; });
  return sections;
}

}  // namespace openclaw
