// SPDX-License-Identifier: MIT
// Sections of OpenClaw's changelog, for a person and for a script.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "openclaw/changelog.hpp"

namespace tools {

// Lines of at most 80 characters, unless a word is longer. Of a list of pull requests only the length is
// told.
[[nodiscard]] std::vector<std::string> changelog_text(
    const std::vector<openclaw::ChangelogSection>& sections);

// As openclaw-update(8) describes "sections".
[[nodiscard]] nlohmann::json changelog_json(const std::vector<openclaw::ChangelogSection>& sections);

}  // namespace tools
