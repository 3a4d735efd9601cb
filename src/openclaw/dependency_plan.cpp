// SPDX-License-Identifier: MIT
#include "openclaw/dependency_plan.hpp"

namespace openclaw {
namespace {

using Ranges = std::map<std::string, std::map<std::string, std::set<std::string>>>;  // name -> range -> who

void add(Ranges& ranges, const Dependencies& dependencies, const std::string& owner) {
  for (const auto& [name, range] : dependencies) ranges[name][range].insert(owner);
}

}  // namespace

DependencyPlan plan_dependencies(const Package& package, const std::vector<PluginNeed>& needs,
                                 const GatewayConfig& config) {
  const bool embeds_locally = config.memory_search_providers.contains("local");
  Ranges ranges;
  for (const PluginNeed& need : needs) {
    if (!need.needed || !need.plugin->defect.empty()) continue;
    add(ranges, need.plugin->dependencies, need.plugin->directory);
    if (embeds_locally) add(ranges, need.plugin->local_memory_embedding, need.plugin->directory);
  }
  if (!ranges.empty()) {
    for (const std::string& name : package.mirrored_dependencies) {
      ranges[name][package.dependencies.at(name)].insert(std::string(core_owner));
    }
  }

  DependencyPlan plan;
  for (const auto& [name, owners_of_range] : ranges) {
    plan.dependencies[name] = owners_of_range.rbegin()->first;
    for (const auto& [range, owners] : owners_of_range) {
      plan.wanted_by[name].insert(owners.begin(), owners.end());
      if (owners_of_range.size() > 1) plan.conflicts[name].insert(range);
    }
  }
  return plan;
}

bool plan_is_contested(const GatewayConfig& config) {
  return config.plugins_enabled && config.hints.uses_web_tools;
}

}  // namespace openclaw
