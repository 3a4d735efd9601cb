// SPDX-License-Identifier: MIT
// What npm has to install for the plugins that count: exactly the list that OpenClaw computes.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "openclaw/plugin_policy.hpp"

namespace openclaw {

// Who wants what OpenClaw itself must find beside the plugins.
inline constexpr std::string_view core_owner = "openclaw-core";

struct DependencyPlan {
  Dependencies dependencies;  // what package.json of an external root lists
  std::map<std::string, std::set<std::string>>
      wanted_by;  // package name -> plugin directories, or core_owner
  // Packages wanted in more than one range; `dependencies` has the last of them in text order, as OpenClaw's
  // own manifest does. No release has had one.
  std::map<std::string, std::set<std::string>> conflicts;
};

// Plugins with a defect are left out. Nothing needed, nothing planned: the mirrored core dependencies alone
// are none.
[[nodiscard]] DependencyPlan plan_dependencies(const Package& package, const std::vector<PluginNeed>& needs,
                                               const GatewayConfig& config);

// Web search or fetch is set up: 2026.4.29 then asks for three different plans in one start, one
// of them for every plugin that it bundles, and compares one manifest with each. Whatever is staged, it runs
// npm by itself, and where it cannot, it ends with "required secrets are unavailable". Nothing staged helps;
// a newer version does.
[[nodiscard]] bool plan_is_contested(const GatewayConfig& config);

}  // namespace openclaw
