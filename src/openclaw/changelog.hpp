// SPDX-License-Identifier: MIT
// CHANGELOG.md of OpenClaw's packages: "## VERSION", below it "### TITLE", and entries, one a line ("- ...").
//
// Up to 2026.5.12 a package has the sections of all versions before it; from 2026.6.35 on it has only its
// own, with a list of all pull requests at its end ("- **PR #1234** ...", 4,245 of them in 2026.9.5). A
// prerelease calls its section by the release that it leads to: that of 2026.9.1-beta.1 is "## 2026.9.1".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "openclaw/version.hpp"

namespace openclaw {

inline constexpr const char* changelog_file = "CHANGELOG.md";
// That of 2026.5.12 has 2.1 MB.
inline constexpr std::size_t longest_changelog = std::size_t{8} * 1024 * 1024;

// Versions after one, and up to another. Without the first, the other alone.
struct VersionSpan {
  std::optional<Version> after;
  Version until;
};

// All text is printable.
struct ChangelogPart {
  std::string title;               // empty for what stands above the first title
  std::vector<std::string> lines;  // those that are not empty; none of a part that is for reference
  std::size_t entries = 0;         // also of those left out
  std::size_t left_out = 0;        // lines
  // A list of pull requests, or as long as one: the longest part for readers has 322 entries (2026.3.7).
  bool is_for_reference = false;
};

struct ChangelogSection {
  Version version;
  std::vector<ChangelogPart> parts;

  // Without those for reference.
  [[nodiscard]] std::size_t entries() const;
};

// The newest first. What is beyond some limits (200 sections, 20,000 lines, 2,000 bytes of a line) is left
// out.
[[nodiscard]] std::vector<ChangelogSection> changelog_sections(std::string_view text,
                                                               const VersionSpan& span);

}  // namespace openclaw
