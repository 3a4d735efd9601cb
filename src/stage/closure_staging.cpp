#include "stage/closure_staging.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "npm/clients.hpp"
#include "openclaw/dependency_plan.hpp"
#include "stage/closure_store.hpp"
#include "stage/failed_fetch.hpp"
#include "stage/fetch.hpp"
#include "stage/manifest.hpp"
#include "stage/plan.hpp"
#include "stage/plugin_view.hpp"
#include "stage/repair.hpp"

namespace stage {
namespace {

using base::Result;
using openclaw::Delivery;

class ClosureStaging {
 public:
  ClosureStaging(const Situation& situation, const Request& request, Surroundings& surroundings,
                 Outcome& outcome)
      : situation_(situation),
        request_(request),
        surroundings_(surroundings),
        outcome_(outcome),
        failures_(situation.state, request) {}

  Result<void> run() {
    if (const auto done = repair(); !done) return done;
    Plan plan = make_plan_now();
    outcome_.findings.insert(outcome_.findings.end(), plan.findings.begin(), plan.findings.end());
    note_contested_plan();
    if (!request_.check) plan = stage(std::move(plan));
    outcome_.plugins = plan.plugins;
    mark_repaired();
    return std::move(stopped_);
  }

 private:
  Result<void> repair() {
    if (situation_.target.delivery != Delivery::external_root) return {};
    std::vector<std::string> names = situation_.target.twin_names;
    names.push_back(situation_.target.name);
    for (const auto& name : names) {
      auto findings = repair_root(situation_.target.base + "/" + name, *situation_.era, situation_.package,
                                  !request_.check);
      if (!findings) return base::pass(findings.error());
      mended_ = mended_ ||
                std::any_of(findings->begin(), findings->end(), [](const Finding& f) { return f.mended; });
      std::move(findings->begin(), findings->end(), std::back_inserter(outcome_.findings));
    }
    return {};
  }

  // 4.29 and 4.30 compute several plans in one start then, and compare each with the one manifest.
  void note_contested_plan() {
    if (situation_.era->completeness != openclaw::Completeness::exact_manifest) return;
    if (!openclaw::plan_is_contested(situation_.config)) return;
    outcome_.findings.push_back(
        {Finding::Kind::note, false, "tools.web",
         "with web search or fetch configured, OpenClaw " + situation_.package.version_text +
             " compares two different plans with one manifest and installs by itself once "
             "more at each start; 2026.5.2 and later do not"});
  }

  [[nodiscard]] Plan make_plan_now() const {
    const auto modules = open_target_modules(situation_.target);
    const int modules_fd = modules ? modules.get() : -1;
    return make_plan({situation_.package, situation_.bundled, situation_.config, *situation_.era,
                      request_.selection, request_.settings.overrides,
                      [&](const std::string& name, const std::string& range) {
                        return openclaw::look_up(modules_fd, name, range, situation_.era->completeness);
                      }});
  }

  // What OpenClaw would find is complete, whoever put it there: then it stays, down to the inode (#75108 asks
  // for no wipe), and at most the manifest beside it is written anew.
  [[nodiscard]] bool modules_are_right(const Plan& plan) const {
    if (plan.target_incomplete) return false;
    if (situation_.target.delivery == Delivery::plugin_view)
      return view_is_of(situation_.state, situation_.package);
    const auto& twins = situation_.target.twin_names;
    return std::all_of(twins.begin(), twins.end(), [&](const std::string& twin) {
      return ::access((situation_.target.base + "/" + twin + "/node_modules").c_str(), F_OK) == 0;
    });
  }

  [[nodiscard]] Result<void> correct_manifest(const Plan& plan) const {
    if (situation_.target.delivery != Delivery::external_root) return {};
    const auto base = fs::open_directory(situation_.target.base);
    if (!base) return base::pass(base.error());
    const auto root = fs::open_directory_beneath(base->get(), situation_.target.name);
    if (!root) return base::pass(root.error());
    if (manifest_is_right(root->get(), situation_.era->completeness, manifest_of(plan))) return {};
    return write_manifest(root->get(), situation_.era->completeness, manifest_of(plan));
  }

  [[nodiscard]] const openclaw::Dependencies& manifest_of(const Plan& plan) const {
    return situation_.era->completeness == openclaw::Completeness::exact_manifest ? plan.exact_manifest
                                                                                  : plan.closure;
  }

  Plan stage(Plan plan) {
    if (plan.closure.empty()) return plan;
    auto store = ClosureStore::open(situation_.state);
    if (!store) return stop(std::move(plan), store.error());
    if (const auto swept = sweep(*store); !swept) return stop(std::move(plan), swept.error());
    if (!modules_are_right(plan) && !store->find(wanted(plan))) plan = without_rejected(std::move(plan));
    if (plan.closure.empty()) return plan;
    if (modules_are_right(plan) && !request_.thorough) {
      if (const auto sealed = store->find(wanted(plan))) outcome_.closure = sealed->key;
      const auto corrected = correct_manifest(plan);
      return corrected ? plan : stop(std::move(plan), corrected.error());
    }
    auto provided = provide(*store, plan);
    if (!provided) return stop(std::move(plan), provided.error());
    return settle(*store, std::move(*provided));
  }

  Result<void> sweep(const ClosureStore& store) {
    const auto swept = store.sweep();
    if (!swept) return base::pass(swept.error());
    for (const auto& path : *swept) {
      outcome_.findings.push_back(
          {Finding::Kind::half_finished, true, path, "removed what a run that died has left"});
    }
    return {};
  }

  [[nodiscard]] ClosureDescription wanted(const Plan& plan) const {
    ClosureDescription description;
    description.dependencies = plan.closure;
    description.overrides = request_.settings.overrides;
    description.scripts = request_.settings.packages.allow_scripts;
    description.platform = current_platform();
    return description;
  }

  Result<Fetched> provide(const ClosureStore& store, const Plan& plan) {
    if (auto sealed = store.find(wanted(plan))) {
      if (!request_.thorough) return Fetched{std::move(*sealed), plan};
      surroundings_.phase("verifying the sealed closure " + sealed->key.substr(0, 12));
      const auto intact = store.verify(sealed->key);
      if (intact) return Fetched{std::move(*sealed), plan};
      outcome_.findings.push_back({Finding::Kind::half_finished, true, store.path() + "/" + sealed->key,
                                   "removed a damaged closure: " + intact.error().message});
      if (const auto aside = store.reject(sealed->key); !aside) return base::pass(aside.error());
    }
    return fetch_unless_in_vain(store, plan);
  }

  // What no client could fetch a short while ago is not asked for together with the rest, which is there.
  [[nodiscard]] Plan without_rejected(Plan plan) const {
    const auto failure = failures_.heeded(key_of_closure(plan.closure, request_));
    if (!failure || failure->rejected.empty()) return plan;
    const std::string when = failures_.when_tried(*failure);
    for (const auto& [id, reason] : failure->rejected) plan = plan.without({id}, reason + when);
    const auto modules = open_target_modules(situation_.target);
    const int modules_fd = modules ? modules.get() : -1;
    plan.target_incomplete = std::any_of(plan.closure.begin(), plan.closure.end(), [&](const auto& each) {
      return !openclaw::look_up(modules_fd, each.first, each.second, situation_.era->completeness).usable();
    });
    return plan;
  }

  Result<Fetched> fetch_unless_in_vain(const ClosureStore& store, const Plan& plan) {
    const std::string key = key_of_closure(plan.closure, request_);
    if (auto failure = failures_.heeded(key); failure && failure->rejected.empty()) {
      failure->error.message += failures_.when_tried(*failure);
      return base::pass(std::move(failure->error));
    }
    const auto started = std::chrono::steady_clock::now();
    auto fetched = fetch_plan(store, plan);
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
    if (!fetched) {
      failures_.note({key, {}, took, fetched.error(), {}});
    } else if (auto rejected = rejected_of(plan, fetched->plan); !rejected.empty()) {
      failures_.note({key, {}, took, {base::ErrorKind::unavailable, 0, ""}, std::move(rejected)});
    } else {
      failures_.forget(key);
    }
    return fetched;
  }

  static std::map<std::string, std::string> rejected_of(const Plan& asked, const Plan& fetched) {
    std::map<std::string, std::string> rejected;
    for (const auto& row : fetched.plugins) {
      const bool gone = asked.declared.contains(row.id) && !fetched.declared.contains(row.id);
      if (gone) rejected[row.id] = row.reason;
    }
    return rejected;
  }

  Result<Fetched> fetch_plan(const ClosureStore& store, const Plan& plan) {
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
    surroundings_.phase("staging " + base::count(plan.closure.size(), "package", "packages") + " for " +
                        base::count(plan.declared.size(), "plugin", "plugins"));
    auto fetched = fetch(store, plan, fetching);
    if (fetched) outcome_.client = fetched->closure.client;
    return fetched;
  }

  // The closure is sealed: make it appear, write what OpenClaw compares, look again as OpenClaw will.
  Plan settle(const ClosureStore& store, Fetched fetched) {
    surroundings_.phase("materialising " + fetched.closure.key.substr(0, 12));
    const auto done = appear(store, fetched);
    if (!done) return stop(std::move(fetched.plan), done.error());
    outcome_.closure = fetched.closure.key;
    judge_rows(fetched.plan);
    (void)store.prune(request_.settings.stage.keep_closures, {fetched.closure.key});
    return std::move(fetched.plan);
  }

  [[nodiscard]] Result<void> appear(const ClosureStore& store, const Fetched& fetched) const {
    const auto done = materialise(situation_.target, store, fetched.closure.key, situation_.package);
    return done ? correct_manifest(fetched.plan) : done;
  }

  void judge_rows(Plan& plan) const {
    const auto modules = open_target_modules(situation_.target);
    const int modules_fd = modules ? modules.get() : -1;
    for (auto& row : plan.plugins) {
      if (row.status != PluginStatus::missing) continue;
      row.status = PluginStatus::staged;
      for (const auto& [name, range] : plan.declared.at(row.id)) {
        const auto presence = openclaw::look_up(modules_fd, name, range, situation_.era->completeness);
        if (presence.usable()) continue;
        row.status = PluginStatus::failed;
        row.reason = name + ": " + presence.problem;
      }
    }
  }

  // Nothing more can be staged; what was there before still is.
  Plan stop(Plan plan, const base::Error& error) {
    for (auto& row : plan.plugins) {
      if (row.status != PluginStatus::missing) continue;
      row.status = PluginStatus::failed;
      row.reason = "not staged: the run failed, see below";
    }
    stopped_ = base::pass(error);
    return plan;
  }

  void mark_repaired() {
    if (!mended_) return;
    for (auto& row : outcome_.plugins) {
      if (row.status == PluginStatus::present) row.status = PluginStatus::repaired;
    }
  }

  const Situation& situation_;
  const Request& request_;
  Surroundings& surroundings_;
  Outcome& outcome_;
  FailedFetches failures_;
  bool mended_ = false;
  Result<void> stopped_;
};

}  // namespace

Result<void> stage_closure(const Situation& situation, const Request& request, Surroundings& surroundings,
                           Outcome& outcome) {
  return ClosureStaging(situation, request, surroundings, outcome).run();
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
