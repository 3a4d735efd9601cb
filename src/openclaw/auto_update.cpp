// SPDX-License-Identifier: MIT
#include "openclaw/auto_update.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"

namespace openclaw {
namespace {

struct AutoUpdateSwitch {
  std::string_view variable, since, on;  // on: the values that count
};
constexpr std::string_view truthy = "1 true yes on";
constexpr std::array<AutoUpdateSwitch, 3> switches_of_auto_update{
    {{"OPENCLAW_NO_AUTO_UPDATE", "2026.4.29", truthy},
     {"OPENCLAW_SUPERVISOR_MODE", "2026.8.1", "external"},
     {"OPENCLAW_NIX_MODE", "2026.4.15", "1"}}};
// From then on update.checkOnStart ends it, too.
constexpr std::string_view one_switch_for_checks = "2026.4.29";

bool is_at_least(const Version& version, std::string_view since) {
  const auto first = Version::parse(since);
  return first && !(version < *first);
}

}  // namespace

bool wants_auto_update(const GatewayConfig& config, const Version& version) {
  return config.auto_update && (config.checks_for_updates || !is_at_least(version, one_switch_for_checks));
}

std::vector<std::string_view> auto_update_switches(const Version& version) {
  std::vector<std::string_view> variables;
  for (const AutoUpdateSwitch& row : switches_of_auto_update) {
    if (is_at_least(version, row.since)) variables.push_back(row.variable);
  }
  return variables;
}

std::string auto_update_is_off_by(const base::Environment& environment, const Version& version) {
  for (const AutoUpdateSwitch& row : switches_of_auto_update) {
    const std::string value = base::lower(base::trim(variable(environment, row.variable)));
    const auto on = base::split(row.on, ' ');
    const bool counts = !value.empty() && std::ranges::find(on, value) != on.end();
    if (counts && is_at_least(version, row.since)) return std::string(row.variable);
  }
  return {};
}

}  // namespace openclaw
