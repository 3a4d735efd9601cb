// SPDX-License-Identifier: MIT
#include "tools/changelog_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/text.hpp"

namespace tools {
namespace {

using nlohmann::json;
using openclaw::ChangelogPart;
using openclaw::ChangelogSection;

constexpr std::size_t text_width = 80;

// As many as UTF-8 has first bytes.
std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

// What follows the first line begins below the first word of an entry.
void add_wrapped(std::string_view text, std::vector<std::string>& lines) {
  std::size_t indent = std::min({text.find_first_not_of(' '), text_width / 2, text.size()});
  const std::string_view words = text.substr(indent);
  std::string line(indent, ' ');
  std::size_t width = indent;
  if (words.starts_with("- ") || words.starts_with("* ")) indent += 2;
  bool is_first = true;
  for (const std::string& word : base::split(words, ' ')) {
    const std::size_t length = characters_in(word);
    if (!is_first && width + 1 + length > text_width) {
      lines.push_back(std::move(line));
      line = std::string(indent, ' ');
      width = indent;
      is_first = true;
    }
    if (!is_first) {
      line += ' ';
      ++width;
    }
    line += word;
    width += length;
    is_first = false;
  }
  lines.push_back(std::move(line));
}

void add_part(const ChangelogPart& part, std::vector<std::string>& lines) {
  lines.emplace_back();
  if (part.is_for_reference) {
    lines.push_back(base::concat({part.title.empty() ? "A list" : part.title, ": ",
                                  base::count(part.entries, "entry", "entries"), ", not shown"}));
    return;
  }
  if (!part.title.empty()) {
    lines.push_back(part.title + ":");
    lines.emplace_back();
  }
  for (const std::string& line : part.lines) add_wrapped(line, lines);
  if (part.left_out > 0)
    lines.push_back(base::count(part.left_out, "more line", "more lines") + ", not shown");
}

json part_json(const ChangelogPart& part) {
  return {
      {"title", part.title}, {"entries", part.entries}, {"lines", part.lines}, {"left_out", part.left_out}};
}

}  // namespace

std::vector<std::string> changelog_text(const std::vector<ChangelogSection>& sections) {
  std::vector<std::string> lines;
  for (const ChangelogSection& section : sections) {
    if (!lines.empty()) lines.emplace_back();
    lines.push_back("OpenClaw " + section.version.text());
    for (const ChangelogPart& part : section.parts) add_part(part, lines);
  }
  return lines;
}

json changelog_json(const std::vector<ChangelogSection>& sections) {
  json list = json::array();
  for (const ChangelogSection& section : sections) {
    json parts = json::array();
    for (const ChangelogPart& part : section.parts) parts.push_back(part_json(part));
    list.push_back({{"version", section.version.text()}, {"parts", std::move(parts)}});
  }
  return list;
}

}  // namespace tools
