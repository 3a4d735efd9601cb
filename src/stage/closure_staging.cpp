// SPDX-License-Identifier: MIT
#include "stage/closure_staging.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "npm/clients.hpp"
#include "stage/manifest.hpp"

namespace stage {
namespace {

using base::Result;
using openclaw::Delivery;
using Kind = Action::Kind;

std::map<std::string, std::string> rejected_of(const ClosureNeeds& asked, const ClosureNeeds& fetched) {
  std::map<std::string, std::string> rejected;
  for (const auto& row : fetched.plugins) {
    const bool gone = asked.declared.contains(row.id) && !fetched.declared.contains(row.id);
    if (gone) rejected[row.id] = row.reason;
  }
  return rejected;
}

}  // namespace

ClosureStaging::ClosureStaging(const Situation& situation, const Request& request, Surroundings& surroundings,
                               Outcome& outcome)
    : situation_(situation),
      request_(request),
      surroundings_(surroundings),
      outcome_(outcome),
      failures_(situation.state, request) {}

Result<void> ClosureStaging::observe() {
  auto seen = observe_closure(situation_, request_, failures_);
  if (!seen) return base::pass(seen.error());
  seen_ = std::move(*seen);
  if (fetched_) seen_.needs = *fetched_;
  if (!materialised_) asked_ = seen_.needs;
  return {};
}

std::vector<Action> ClosureStaging::plan() const {
  return plan_closure(situation_, request_, seen_, tried_);
}

Result<Applied> ClosureStaging::apply(const Action& action) {
  if (action.kind == Kind::tell) {
    tried_.told.insert(action.subject);
    outcome_.findings.insert(outcome_.findings.end(), action.proposals.begin(), action.proposals.end());
    return Applied::nothing_new;
  }
  if (clears_the_way(action.kind)) return clear(action);
  auto applied = stage(action);
  // Nothing more can be staged; what was there before is still there.
  stopped_ = !applied;
  return applied;
}

// --- leftovers

Result<Applied> ClosureStaging::clear(const Action& action) {
  if (action.kind == Kind::reclaim_lock) return reclaim(action);
  if (action.kind == Kind::replace_links) return replace(action);
  const std::string path = action.subject + "/" + action.target;
  tried_.half_finished.insert(path);
  const auto removed = remove_half_finished(action.subject, action.target);
  if (!removed) return base::pass(removed.error());
  note_mended(finding_of_half_finished(path, true));
  return Applied::nothing_new;
}

Result<Applied> ClosureStaging::reclaim(const Action& action) {
  const std::string path = action.subject + "/" + action.target;
  tried_.locks.insert(path);
  const auto verdict = reclaim_lock(action.subject, action.target);
  if (!verdict) return base::pass(verdict.error());
  if (verdict->state == lock::LockVerdict::State::held) {
    // Another process has taken the lock in between, so the other supposed leftovers may not be leftovers.
    // The next observation reports the lock, or finds it abandoned again; from the second time on it is
    // reported here.
    if (contended_.insert(path).second) {
      tried_.locks.erase(path);
    } else if (tried_.told.insert(path).second) {
      outcome_.findings.push_back(finding_of_lock(path, *verdict, false));
    }
    return Applied::look_again;
  }
  if (verdict->state == lock::LockVerdict::State::gone) note_mended(finding_of_lock(path, *verdict, true));
  return Applied::nothing_new;
}

// OpenClaw did not recognize a package that was a link.
Result<Applied> ClosureStaging::replace(const Action& action) {
  tried_.roots.insert(action.subject);
  const auto root = std::find_if(seen_.roots.begin(), seen_.roots.end(),
                                 [&](const Leftovers& each) { return each.root == action.subject; });
  if (root == seen_.roots.end()) return Applied::look_again;
  const auto replaced = replace_links(root->root, root->links);
  if (!replaced) return base::pass(replaced.error());
  for (const auto& link : root->links) note_mended(finding_of_link(root->root, link, true));
  return Applied::look_again;
}

void ClosureStaging::note_mended(Finding finding) {
  mended_ = true;
  outcome_.findings.push_back(std::move(finding));
}

// --- the closure

Result<Applied> ClosureStaging::stage(const Action& action) {
  const auto store = ClosureStore::open(situation_.state);
  if (!store) return base::pass(store.error());
  switch (action.kind) {
    case Kind::sweep_store:
      return sweep(*store);
    case Kind::keep_modules:
      tried_.done = true;
      outcome_.closure = action.subject;
      // A run that was killed may not have come to it.
      (void)store->prune(request_.settings.stage.keep_closures, {action.subject});
      return Applied::nothing_new;
    case Kind::correct_manifest:
      tried_.done = true;
      if (const auto corrected = correct_manifest(); !corrected) return base::pass(corrected.error());
      return Applied::nothing_new;
    case Kind::verify_closure:
      return verify(*store, action.subject);
    case Kind::fetch_closure:
      return fetch_closure(*store);
    case Kind::leave_closure:
      return base::pass(*seen_.in_vain);
    case Kind::materialise:
      return appear(*store, action.subject);
    default:
      return Applied::nothing_new;
  }
}

Result<Applied> ClosureStaging::sweep(const ClosureStore& store) {
  tried_.swept = true;
  const auto swept = store.sweep();
  if (!swept) return base::pass(swept.error());
  for (const auto& path : *swept) {
    outcome_.findings.push_back(
        {Finding::Kind::half_finished, true, path, "removed leftovers of an interrupted run"});
  }
  // What it has is not known yet.
  return seen_.store_unreadable ? Applied::look_again : Applied::nothing_new;
}

Result<Applied> ClosureStaging::verify(const ClosureStore& store, const std::string& key) {
  surroundings_.phase("verifying the sealed closure " + key.substr(0, 12));
  const auto intact = store.verify(key);
  if (intact) return Applied::nothing_new;
  if (!fs::is_answer(intact.error()))
    return base::pass(intact.error(), "verifying " + store.path() + "/" + key);
  tried_.damaged = true;
  outcome_.findings.push_back({Finding::Kind::half_finished, true, store.path() + "/" + key,
                               "removed a damaged closure: " + intact.error().message});
  if (const auto aside = store.reject(key); !aside) return base::pass(aside.error());
  return Applied::look_again;
}

Result<Applied> ClosureStaging::fetch_closure(const ClosureStore& store) {
  const std::string key = key_of_closure(seen_.needs.closure, request_);
  const auto started = std::chrono::steady_clock::now();
  auto fetched = ask_clients(store);
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
  if (!fetched) {
    failures_.note({key, {}, took, fetched.error(), {}});
    return base::pass(fetched.error());
  }
  tried_.provided = fetched->closure.key;
  auto rejected = rejected_of(seen_.needs, fetched->needs);
  fetched_ = std::move(fetched->needs);
  if (rejected.empty()) {
    failures_.forget(key);
    return Applied::look_again;
  }
  failures_.note({key, {}, took, {base::ErrorKind::unavailable, 0, ""}, std::move(rejected)});
  return Applied::look_again;
}

Result<Fetched> ClosureStaging::ask_clients(const ClosureStore& store) {
  const auto clients = surroundings_.clients(request_);
  if (!clients) return base::pass(clients.error());
  FetchRequest fetching;
  for (const auto& client : *clients) fetching.clients.push_back(client.get());
  const auto& packages = request_.settings.packages;
  fetching.droppings = npm::droppings();
  fetching.overrides = request_.settings.overrides;
  fetching.allow_scripts = packages.allow_scripts;
  fetching.registry = packages.registry;
  fetching.extra_arguments = packages.extra_arguments;
  fetching.stall_timeout = packages.stall_timeout;
  fetching.offline = request_.offline;
  fetching.progress = [&](const npm::Progress& progress) { surroundings_.progress(progress); };
  surroundings_.phase("staging " + base::count(seen_.needs.closure.size(), "package", "packages") + " for " +
                      base::count(seen_.needs.declared.size(), "plugin", "plugins"));
  auto fetched = fetch(store, seen_.needs, fetching);
  if (fetched) outcome_.client = fetched->closure.client;
  return fetched;
}

// The closure is sealed: puts it into its place, and writes the manifest that OpenClaw compares.
Result<Applied> ClosureStaging::appear(const ClosureStore& store, const std::string& key) {
  surroundings_.phase("materialising " + key.substr(0, 12));
  tried_.done = true;
  const auto appeared = materialise(situation_.target, store, key, situation_.package);
  if (!appeared) return base::pass(appeared.error());
  if (const auto corrected = correct_manifest(); !corrected) return base::pass(corrected.error());
  materialised_ = true;
  outcome_.closure = key;
  (void)store.prune(request_.settings.stage.keep_closures, {key});
  return Applied::look_again;
}

Result<void> ClosureStaging::correct_manifest() const {
  if (situation_.target.delivery != Delivery::external_root) return {};
  const auto base = fs::open_directory(situation_.target.base);
  if (!base) return base::pass(base.error());
  const auto root = fs::open_directory_beneath(base->get(), situation_.target.name);
  if (!root) return base::pass(root.error());
  const auto& wanted = manifest_of(seen_.needs);
  if (manifest_is_right(root->get(), situation_.era->completeness, wanted)) return {};
  return write_manifest(root->get(), situation_.era->completeness, wanted);
}

// --- reporting

void ClosureStaging::judge() {
  outcome_.plugins = asked_.plugins;
  for (PluginRow& row : outcome_.plugins) {
    if (row.status == PluginStatus::missing) {
      judge_row(row);
    } else if (row.status == PluginStatus::present && mended_) {
      row.status = PluginStatus::repaired;
    }
  }
}

// As OpenClaw will find it.
void ClosureStaging::judge_row(PluginRow& row) const {
  if (stopped_) {
    row.status = PluginStatus::failed;
    row.reason = "not staged: the run failed, see below";
  }
  if (!materialised_) return;
  row.status = PluginStatus::staged;
  for (const auto& dependency : asked_.declared.at(row.id)) {
    const auto presence = seen_.presences.find(dependency);
    if (presence == seen_.presences.end() || presence->second.usable()) continue;
    row.status = PluginStatus::failed;
    row.reason = dependency.first + ": " + presence->second.problem;
  }
}

}  // namespace stage
