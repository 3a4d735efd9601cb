// SPDX-License-Identifier: MIT
#include "stage/closure_needs.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "openclaw/dependency_plan.hpp"
#include "openclaw/semver.hpp"

namespace stage {
namespace {

using openclaw::Dependencies;

Dependencies dependencies_of(const openclaw::BundledPlugin& plugin, const openclaw::GatewayConfig& config) {
  Dependencies all = plugin.dependencies;
  if (config.memory_search_providers.contains("local")) {
    all.insert(plugin.local_memory_embedding.begin(), plugin.local_memory_embedding.end());
  }
  return all;
}

// One range has to satisfy all plugins: an exact version satisfies every range that contains it; otherwise
// the range of the first plugin is used, and the others are compared with what it installs.
const std::string& common_range(const std::string& kept, const std::string& other) {
  return openclaw::satisfies(other, kept).value_or(false) ? other : kept;
}

Dependencies mirrored_from_core(const openclaw::Package& package) {
  Dependencies mirrored;
  for (const auto& name : package.mirrored_dependencies) {
    const auto declared = package.dependencies.find(name);
    if (declared != package.dependencies.end()) mirrored.insert(*declared);
  }
  return mirrored;
}

void merge(ClosureNeeds& needs, const std::string& owner, const Dependencies& dependencies) {
  for (const auto& [name, range] : dependencies) {
    auto [place, inserted] = needs.closure.try_emplace(name, range);
    if (!inserted && place->second != range) {
      const std::string chosen = common_range(place->second, range);
      needs.findings.push_back({Finding::Kind::note, false, owner,
                                "plugin " + owner + " requires " + name + "@" + range + " and " +
                                    base::join(needs.owners[name], ", ") + " " + place->second +
                                    ": staging " + chosen});
      place->second = chosen;
    }
    needs.owners[name].push_back(owner);
  }
  needs.declared[owner] = dependencies;
}

PluginRow row_of(const openclaw::PluginNeed& need, const Dependencies& dependencies,
                 const ClosureFacts& input) {
  PluginRow row{need.plugin->directory, PluginStatus::not_needed, need.reason, dependencies.size(), {}};
  if (!need.needed) return row;
  if (!need.plugin->defect.empty()) {
    row.status = PluginStatus::failed;
    row.reason = need.plugin->defect;
    return row;
  }
  for (const auto& [name, range] : dependencies) {
    if (!input.presence(name, range).usable()) row.missing.push_back(name + "@" + range);
  }
  row.status = row.missing.empty() ? PluginStatus::present : PluginStatus::missing;
  return row;
}

// Exactly what OpenClaw computes from the config, independent of plugins that an operator selected (4.29-4.30
// reinstall everything if the manifest differs by one entry).
Dependencies exact_manifest_of(const ClosureFacts& input) {
  const auto needs = openclaw::decide_needs(input.bundled, input.config, input.era.policy, {});
  return openclaw::plan_dependencies(input.package, needs, input.config).dependencies;
}

}  // namespace

ClosureNeeds closure_needs(const ClosureFacts& input) {
  ClosureNeeds needs;
  needs.era = &input.era;
  for (const auto& need :
       openclaw::decide_needs(input.bundled, input.config, input.era.policy, input.selection)) {
    const auto dependencies = dependencies_of(*need.plugin, input.config);
    if (dependencies.empty() && need.plugin->defect.empty()) continue;
    needs.plugins.push_back(row_of(need, dependencies, input));
    if (need.needed && need.plugin->defect.empty()) merge(needs, need.plugin->directory, dependencies);
  }
  const auto mirrored = mirrored_from_core(input.package);
  if (!needs.declared.empty() && !mirrored.empty()) merge(needs, std::string(openclaw::core_owner), mirrored);
  if (input.era.completeness == openclaw::Completeness::exact_manifest)
    needs.exact_manifest = exact_manifest_of(input);
  needs.target_incomplete = std::any_of(
      needs.closure.begin(), needs.closure.end(),
      [&](const auto& dependency) { return !input.presence(dependency.first, dependency.second).usable(); });
  return needs;
}

ClosureNeeds ClosureNeeds::without(const std::vector<std::string>& plugin_ids,
                                   const std::string& reason) const {
  ClosureNeeds rest = *this;
  for (const auto& id : plugin_ids) rest.declared.erase(id);
  for (auto& row : rest.plugins) {
    if (std::find(plugin_ids.begin(), plugin_ids.end(), row.id) == plugin_ids.end()) continue;
    row.status = PluginStatus::failed;
    row.reason = reason;
  }
  std::map<std::string, Dependencies> kept;
  kept.swap(rest.declared);
  rest.closure.clear();
  rest.owners.clear();
  // Conflicts are in `findings` already.
  std::vector<Finding> said;
  said.swap(rest.findings);
  for (const auto& [owner, dependencies] : kept) merge(rest, owner, dependencies);
  rest.findings.swap(said);
  return rest;
}

}  // namespace stage
