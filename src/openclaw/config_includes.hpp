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
};

[[nodiscard]] base::Result<IncludedConfig> read_config_with_includes(const std::string& path);

}  // namespace openclaw
