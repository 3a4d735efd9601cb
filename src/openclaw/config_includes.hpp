// SPDX-License-Identifier: MIT
// openclaw.json with its $include directives followed.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "base/result.hpp"

namespace openclaw {

struct IncludedConfig {
  nlohmann::json value;            // null when there is no file
  std::vector<std::string> files;  // the config and what it includes, each once
  // Those of them that are read where they are, wherever the config is: an $include names them by their
  // absolute path, or stands in such a file.
  std::vector<std::string> fixed;
};

// `roots` (Locations::include_roots) are absolute: a file in one of them may be included, too.
[[nodiscard]] base::Result<IncludedConfig> read_config_with_includes(const std::string& path,
                                                                     const std::vector<std::string>& roots);

}  // namespace openclaw
