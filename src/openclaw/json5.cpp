// SPDX-License-Identifier: MIT
#include "openclaw/json5.hpp"

#include <string>

#include "base/json.hpp"
#include "openclaw/json5_rewriter.hpp"

namespace openclaw {

base::Result<nlohmann::json> parse_json5(std::string_view text, std::string_view name) {
  base::Result<std::string> json = json5_to_json(text, name);
  if (!json) return base::pass(std::move(json.error()));
  return base::parse_json(*json, name);
}

}  // namespace openclaw
