// SPDX-License-Identifier: MIT
#include "stage/external_observation.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "stage/former_tree.hpp"

namespace stage {
namespace {

using base::Result;
using openclaw::Delivery;

std::string resolved(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
  return real ? real.get() : "";
}

// A link to a path that an update switches (/var/lib/openclaw-update/current/…) never dangles, and 5.12 and
// 9.6 accept it: they compare its target.
std::string core_path_of(const Situation& situation) {
  if (situation.looked_at.empty()) return situation.package.root;
  std::string named = openclaw::resolve_path(situation.looked_at.back());
  return resolved(named) == situation.package.root ? named : situation.package.root;
}

std::set<std::string> names_of_set(const base::Environment& environment) {
  std::set<std::string> names;
  for (const auto& [name, value] : environment) {
    if (!base::trim(value).empty()) names.insert(name);
  }
  return names;
}

// False if OpenClaw, or this suite, has never run.
Result<bool> is_former_kept(const Situation& situation, const Request& request) {
  const auto none_if_absent = [](const base::Error& error) -> Result<bool> {
    if (fs::is_absent(error)) return false;
    return base::pass(error, "looking for an interrupted update of a plugin");
  };
  const auto state = fs::open_directory(request.environment.locations.state);
  if (!state) return none_if_absent(state.error());
  const auto own = fs::open_directory(situation.state);
  if (!own) return none_if_absent(own.error());
  const auto store = fs::open_directory_beneath(own->get(), "staged-deps");
  if (!store) return none_if_absent(store.error());
  return FormerTree(state->get(), store->get()).is_there();
}

}  // namespace

const ExternalNeed* ExternalObservation::find(const std::string& id) const {
  const auto need =
      std::find_if(needs.begin(), needs.end(), [&](const ExternalNeed& each) { return each.id == id; });
  return need == needs.end() ? nullptr : &*need;
}

bool ExternalObservation::is_missing(const std::string& id) const {
  const ExternalNeed* need = find(id);
  return need != nullptr && need->state == ExternalNeed::State::missing;
}

Result<ExternalObservation> observe_external(const Situation& situation, const Request& request,
                                             const openclaw::ExternalCatalog& catalog,
                                             const FailedFetches& failed_fetches,
                                             FormerTreeKept former_tree_kept) {
  ExternalObservation seen;
  const auto former = is_former_kept(situation, request);
  if (!former) return base::pass(former.error());
  seen.former_kept = *former;
  if (seen.former_kept && former_tree_kept == FormerTreeKept::ends_the_look) return seen;
  auto installed = openclaw::read_installed_plugins(request.environment.locations.state,
                                                    situation.era->delivery, situation.package.root);
  if (!installed) return base::pass(installed.error());
  seen.installed = std::move(*installed);
  auto needs = external_needs({catalog, situation.config, situation.bundled, seen.installed,
                               situation.package.version_text, request.selection,
                               names_of_set(request.environment.variables)});
  if (!needs) return base::pass(needs.error());
  seen.needs = std::move(*needs);
  for (const ExternalNeed& need : seen.needs) {
    if (need.state != ExternalNeed::State::missing) continue;
    if (const auto failure = failed_fetches.heeded(key_of(need, situation, request))) {
      seen.heeded[need.id] = failure->error.message + failed_fetches.when_tried(*failure);
    }
  }
  seen.core_path = core_path_of(situation);
  return seen;
}

std::string key_of(const ExternalNeed& need, const Situation& situation, const Request& request) {
  return key_of_plugin(need.id, need.target(), situation.package.version_text, request);
}

Result<std::vector<std::string>> watched_external_paths(const Situation& situation, const Request& request) {
  if (situation.era->delivery != Delivery::flat_npm_root &&
      situation.era->delivery != Delivery::plugin_projects) {
    return std::vector<std::string>{};
  }
  const std::string state = request.environment.locations.state + "/";
  std::vector<std::string> paths;
  for (const char* path :
       {"npm", "npm/package.json", "npm/projects", "npm/.openclaw-retained-npm-installs", "extensions"}) {
    paths.push_back(state + path);
  }
  const auto installed = openclaw::read_installed_plugins(request.environment.locations.state,
                                                          situation.era->delivery, situation.package.root);
  // Without its stamps, a plugin that is damaged later would count as unchanged.
  if (!installed) return base::pass(installed.error());
  for (const auto& plugin : *installed) {
    for (const char* file : {"/package.json", "/openclaw.plugin.json"})
      paths.push_back(state + plugin.path + file);
    paths.push_back(state + plugin.peer_path());
    if (!plugin.manifest.empty()) paths.push_back(state + plugin.manifest);
  }
  return paths;
}

}  // namespace stage
