// SPDX-License-Identifier: MIT
#include "openclaw/state_secrets.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

#include "openclaw/config_includes.hpp"
#include "openclaw/environment.hpp"

namespace openclaw {
namespace {

// A list is of what its own name says. NOLINTNEXTLINE(misc-no-recursion): as deep as the JSON, which has a
// limit
void add_members(const nlohmann::json& value, std::string_view name, base::Redaction& redaction) {
  if (value.is_string()) redaction.add_setting(name, value.get_ref<const std::string&>());
  if (value.is_object()) {
    for (const auto& [member, child] : value.items()) add_members(child, member, redaction);
  } else if (value.is_array()) {
    for (const auto& child : value) add_members(child, name, redaction);
  }
}

}  // namespace

void add_secrets(const GatewayEnvironment& environment, base::Redaction& redaction) {
  redaction.add_environment(environment.variables);
  for (const std::string& name : environment.added) redaction.add(variable(environment.variables, name));
}

void add_secrets_of_state(const GatewayEnvironment& environment, base::Redaction& redaction) {
  add_secrets(environment, redaction);
  const auto config =
      read_config_with_includes(environment.locations.config, environment.locations.include_roots);
  if (config) add_members(config->value, "", redaction);
}

}  // namespace openclaw
