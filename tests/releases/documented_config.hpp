// SPDX-License-Identifier: MIT
// The examples of openclaw.json in a release's own documentation, read as the suite reads a gateway's config.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/environment.hpp"
#include "base/result.hpp"
#include "openclaw/plugin.hpp"

namespace releases {

// The fenced blocks of that language in a Markdown text.
[[nodiscard]] std::vector<std::string> code_blocks(std::string_view markdown, std::string_view language);

struct ReadExamples {
  unsigned examples = 0;                // that are a whole config: an object
  std::vector<std::string> complaints;  // "docs/gateway/configuration.md, example 3: line 4, column 1: ..."
};
// Of docs/gateway/configuration*.md, where the release has them: each is parsed, its includes followed, and
// made effective for the plugins that the release bundles. `work` (absolute, existing) is written into.
[[nodiscard]] base::Result<ReadExamples> read_documented_configs(
    int package_fd, const std::vector<openclaw::BundledPlugin>& plugins, const std::string& work);

}  // namespace releases
