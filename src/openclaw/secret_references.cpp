// SPDX-License-Identifier: MIT
#include "openclaw/secret_references.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

namespace openclaw {
namespace {

using nlohmann::json;

// secrets.providers describes how to ask, and asks nothing.
constexpr std::string_view providers = "secrets.providers";

std::string provider_of(const json& reference, const json& config) {
  std::string name = base::text_at(reference, "provider");
  if (name.empty()) name = base::text_at(config, "secrets.defaults.exec");
  return name.empty() ? "default" : name;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the JSON, which has a limit
void collect(const json& value, const std::string& path, const json& config,
             std::vector<std::string>& found) {
  if (!value.is_structured() || path == providers) return;
  if (base::text_at(value, "source") == "exec" && !base::text_at(value, "id").empty()) {
    found.push_back(
        base::printable(base::concat({path, " (provider ", provider_of(value, config), ")"}), 300));
    return;
  }
  for (const auto& [key, child] : value.items()) {
    collect(child, path.empty() ? key : base::concat({path, ".", key}), config, found);
  }
}

}  // namespace

std::vector<std::string> secrets_from_commands(const json& config) {
  std::vector<std::string> found;
  collect(config, "", config, found);
  return found;
}

}  // namespace openclaw
