// SPDX-License-Identifier: MIT
#include "npm/manifest.hpp"

#include <nlohmann/json.hpp>

#include <map>

namespace npm {
namespace {

using Versions = std::map<std::string, std::string>;

Versions with_overrides(Versions direct, const Versions& overrides) {
  for (auto& [name, range] : direct) {
    if (const auto it = overrides.find(name); it != overrides.end()) range = it->second;
  }
  return direct;
}

Versions transitive_overrides_of(const InstallRequest& request) {
  Versions overrides = request.overrides;
  for (const auto& [name, range] : request.dependencies) overrides.erase(name);
  for (const auto& [name, range] : request.optional_dependencies) overrides.erase(name);
  return overrides;
}

// nlohmann throws on text that is not UTF-8 unless told to replace it; a package name like that exists
// nowhere, so the client will say so.
std::string text_of(const nlohmann::json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string package_json(const InstallRequest& request) {
  const Versions overrides = transitive_overrides_of(request);
  nlohmann::json json = {{"name", manifest_name},
                         {"private", true},
                         {"dependencies", with_overrides(request.dependencies, request.overrides)}};
  if (!request.optional_dependencies.empty()) {
    json["optionalDependencies"] = with_overrides(request.optional_dependencies, request.overrides);
  }
  if (!overrides.empty()) {
    json["overrides"] = overrides;              // npm, bun
    json["pnpm"] = {{"overrides", overrides}};  // pnpm up to 10
  }
  return text_of(json);
}

std::string pnpm_workspace(const InstallRequest& request, const Policies& policies) {
  nlohmann::json json = {{"packages", {"."}}};  // pnpm 9 refuses a file without it
  if (const Versions overrides = transitive_overrides_of(request); !overrides.empty()) {
    json["overrides"] = overrides;
  }
  if (policies.release_age && !policies.release_age->exempt.empty()) {
    json["minimumReleaseAgeExclude"] = policies.release_age->exempt;
  }
  return text_of(json);  // JSON is YAML
}

std::string pnpm_hooks() {
  return R"~(const withoutWebAssembly = (manifest) => {
  for (const name of Object.keys(manifest.optionalDependencies ?? {})) {
    if (name.includes('wasm32')) delete manifest.optionalDependencies[name];
  }
  return manifest;
};
module.exports = { hooks: { readPackage: withoutWebAssembly } };
)~";
}

}  // namespace npm
