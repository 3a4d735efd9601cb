// SPDX-License-Identifier: MIT
// OpenClaw's calendar versions: 2026.4.29, 2026.4.29-beta.1 (before it), 2026.5.3-1 (a correction, after
// 2026.5.3).
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace openclaw {

struct Version {
  unsigned year = 0, month = 0, patch = 0;
  // -1: "-beta.N" and other prereleases; 0: the release; N: correction N.
  int correction = 0;
  std::string prerelease;  // "beta.1" or empty

  [[nodiscard]] static std::optional<Version> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  friend std::strong_ordering operator<=>(const Version& left, const Version& right);
  friend bool operator==(const Version& left, const Version& right) { return (left <=> right) == 0; }
};

}  // namespace openclaw
