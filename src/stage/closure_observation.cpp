// SPDX-License-Identifier: MIT
#include "stage/closure_observation.hpp"

#include <unistd.h>

#include <algorithm>

#include "fs/beneath.hpp"
#include "openclaw/dependency_plan.hpp"
#include "stage/manifest.hpp"
#include "stage/plugin_view.hpp"

namespace stage {
namespace {

using base::Result;
using openclaw::Delivery;

ClosureDescription wanted_closure(const ClosureNeeds& needs, const Request& request) {
  ClosureDescription description;
  description.dependencies = needs.closure;
  description.overrides = request.settings.overrides;
  description.scripts = request.settings.packages.allow_scripts;
  description.platform = current_platform();
  return description;
}

class Observer {
 public:
  Observer(const Situation& situation, const Request& request, const FailedFetches& failures)
      : situation_(situation), request_(request), failures_(failures) {}

  Result<ClosureObservation> look() {
    if (const auto found = look_at_roots(); !found) return base::pass(found.error());
    auto modules = open_target_modules(situation_.target);
    if (!modules) return base::pass(modules.error());
    modules_ = std::move(*modules);
    seen_.needs = closure_needs(
        {situation_.package, situation_.bundled, situation_.config, *situation_.era, request_.selection,
         request_.settings.overrides,
         [this](const std::string& name, const std::string& range) { return presence(name, range); }});
    if (seen_.needs.closure.empty()) return std::move(seen_);
    open_store();
    look_at_target_and_store();
    if (!seen_.modules_right && !seen_.sealed) heed_failures();
    seen_.manifest_right = is_manifest_right();
    if (const auto known = all_is_known(); !known) return base::pass(known.error());
    return std::move(seen_);
  }

 private:
  Result<void> look_at_roots() {
    if (situation_.target.delivery == Delivery::plugin_view) {
      auto found = find_half_finished_in(situation_.target.path() + "/" + situation_.target.modules_parent());
      if (!found) return base::pass(found.error());
      seen_.roots.push_back(std::move(*found));
    }
    if (situation_.target.delivery != Delivery::external_root) return {};
    std::vector<std::string> names = situation_.target.twin_names;
    names.push_back(situation_.target.name);
    for (const auto& name : names) {
      auto found = find_leftovers(situation_.target.base + "/" + name, *situation_.era, situation_.package);
      if (!found) return base::pass(found.error());
      seen_.roots.push_back(std::move(*found));
    }
    return {};
  }

  const openclaw::Presence& presence(const std::string& name, const std::string& range) {
    const auto [place, is_new] = seen_.presences.try_emplace({name, range});
    if (is_new) {
      place->second =
          openclaw::look_up(modules_ ? modules_.get() : -1, name, range, situation_.era->completeness);
    }
    return place->second;
  }

  // What the disk did not say is neither missing nor staged.
  [[nodiscard]] Result<void> all_is_known() const {
    for (const auto& [dependency, found] : seen_.presences) {
      if (found.unknown != 0) return base::pass(openclaw::error_of(found), "looking at what is staged");
    }
    return {};
  }

  void leave_out(const std::map<std::string, std::string>& rejected, const std::string& when) {
    for (const auto& [id, reason] : rejected) seen_.needs = seen_.needs.without({id}, reason + when);
    const auto& closure = seen_.needs.closure;
    seen_.needs.target_incomplete = std::any_of(closure.begin(), closure.end(), [this](const auto& each) {
      return !presence(each.first, each.second).usable();
    });
  }

  void open_store() {
    auto store = ClosureStore::open_existing(situation_.state);
    if (store) store_ = std::move(*store);
    auto left_behind = store_ ? store_->left_behind() : std::vector<std::string>();
    seen_.store_unreadable = !store || !left_behind;
    if (left_behind) seen_.left_behind = std::move(*left_behind);
  }

  void look_at_target_and_store() {
    seen_.modules_right = are_modules_right();
    seen_.sealed.reset();
    if (!store_) return;
    const auto sealed = store_->find(wanted_closure(seen_.needs, request_));
    if (!sealed) seen_.store_unreadable = true;
    if (sealed && *sealed) seen_.sealed = (*sealed)->key;
  }

  // Does not request again, together with the rest, what no client could fetch recently.
  void heed_failures() {
    if (const auto failure = heeded(); failure && !failure->rejected.empty()) {
      leave_out(failure->rejected, failures_.when_tried(*failure));
      if (seen_.needs.closure.empty()) return;
      look_at_target_and_store();
    }
    if (auto failure = heeded(); failure && failure->rejected.empty()) {
      failure->error.message += failures_.when_tried(*failure);
      seen_.in_vain = std::move(failure->error);
    }
  }

  [[nodiscard]] std::optional<FailedFetch> heeded() const {
    return failures_.heeded(key_of_closure(seen_.needs.closure, request_));
  }

  [[nodiscard]] bool are_modules_right() const {
    if (seen_.needs.target_incomplete) return false;
    if (situation_.target.delivery == Delivery::plugin_view)
      return view_is_of(situation_.state, situation_.package);
    const auto& twins = situation_.target.twin_names;
    return std::all_of(twins.begin(), twins.end(), [&](const std::string& twin) {
      return ::access((situation_.target.base + "/" + twin + "/node_modules").c_str(), F_OK) == 0;
    });
  }

  [[nodiscard]] bool is_manifest_right() const {
    if (situation_.target.delivery != Delivery::external_root) return true;
    const auto base = fs::open_directory(situation_.target.base);
    if (!base) return false;
    const auto root = fs::open_directory_beneath(base->get(), situation_.target.name);
    return root &&
           stage::manifest_is_right(root->get(), situation_.era->completeness, manifest_of(seen_.needs));
  }

  const Situation& situation_;
  const Request& request_;
  const FailedFetches& failures_;
  base::UniqueFd modules_;
  std::optional<ClosureStore> store_;
  ClosureObservation seen_;
};

}  // namespace

Result<ClosureObservation> observe_closure(const Situation& situation, const Request& request,
                                           const FailedFetches& failures) {
  return Observer(situation, request, failures).look();
}

const openclaw::Dependencies& manifest_of(const ClosureNeeds& needs) {
  return needs.era->completeness == openclaw::Completeness::exact_manifest ? needs.exact_manifest
                                                                           : needs.closure;
}

std::vector<std::string> watched_target_paths(const Situation& situation, const Outcome& outcome) {
  openclaw::Dependencies declared;
  for (const auto& plugin : situation.bundled)
    declared.insert(plugin.dependencies.begin(), plugin.dependencies.end());
  std::vector<std::string> paths = watched_paths(situation.target, declared);
  const std::string root = situation.target.path();
  paths.push_back(root + "/.openclaw-runtime-deps.lock");
  paths.push_back(root + "/.openclaw-runtime-mirror.lock");
  if (!outcome.closure.empty()) paths.push_back(situation.state + "/staged-deps/" + outcome.closure);
  return paths;
}

}  // namespace stage
