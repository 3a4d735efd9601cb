#include "stage/external_plugins.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>

#include "base/json.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "openclaw/config_includes.hpp"
#include "openclaw/environment.hpp"
#include "openclaw/external_catalog.hpp"
#include "openclaw/installed_plugins.hpp"
#include "stage/external_plan.hpp"
#include "stage/failed_fetch.hpp"
#include "stage/former_tree.hpp"
#include "stage/openclaw_command_line.hpp"

namespace stage {
namespace {

using base::Result;
using openclaw::Delivery;
using openclaw::InstalledPlugin;
using openclaw::PeerLink;

std::string resolved(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
  return real ? real.get() : "";
}

// tools.web.search.provider, which GatewayConfig has no use for.
Result<std::string> web_search_provider(const base::Environment& environment) {
  const auto config = openclaw::read_config_with_includes(openclaw::config_path(environment),
                                                          openclaw::include_roots(environment));
  if (!config) return base::pass(config.error());
  const auto& search = base::member_at(config->value, "tools.web.search");
  const auto& enabled = base::member_at(search, "enabled");
  if (enabled.is_boolean() && !enabled.get<bool>()) return "";
  return base::text_at(search, "provider");
}

class ExternalPlugins {
 public:
  ExternalPlugins(const Situation& situation, const Request& request, Surroundings& surroundings,
                  Outcome& outcome)
      : situation_(situation),
        request_(request),
        surroundings_(surroundings),
        outcome_(outcome),
        cli_(situation, request, surroundings),
        failed_fetches_(situation.state, request),
        state_(openclaw::state_directory(request.environment)) {}

  Result<void> run() {
    auto catalog = openclaw::read_external_catalog(situation_.package);
    if (!catalog) return base::pass(catalog.error());
    catalog_ = std::move(*catalog);
    auto provider = web_search_provider(request_.environment);
    if (!provider) return base::pass(provider.error());
    web_search_provider_ = std::move(*provider);
    if (!request_.check) {
      if (const auto done = recover(); !done) return done;
    }
    if (const auto seen = observe(); !seen) return seen;
    const auto done = request_.check ? tell_links() : put_right();
    tell_skew();
    make_rows();
    return done;
  }

 private:
  Result<void> observe() {
    auto installed =
        openclaw::read_installed_plugins(state_, situation_.era->delivery, situation_.package.root);
    if (!installed) return base::pass(installed.error());
    installed_ = std::move(*installed);
    std::set<std::string> variables;
    for (const auto& [name, value] : request_.environment) {
      if (!base::trim(value).empty()) variables.insert(name);
    }
    auto needs = plan_external_plugins({catalog_, situation_.config, situation_.bundled, installed_,
                                        situation_.package.version_text, request_.selection,
                                        std::move(variables), web_search_provider_});
    if (!needs) return base::pass(needs.error());
    needs_ = std::move(*needs);
    return {};
  }

  [[nodiscard]] const ExternalNeed* find(const std::string& id) const {
    const auto need =
        std::find_if(needs_.begin(), needs_.end(), [&](const auto& each) { return each.id == id; });
    return need == needs_.end() ? nullptr : &*need;
  }

  Result<void> put_right() {
    mend_links();
    if (const auto seen = observe(); !seen) return seen;
    if (const auto done = install_missing(); !done) return done;
    if (request_.thorough) {
      if (const auto done = update_skewed(); !done) return done;
    }
    mend_links();  // of what has just been installed
    return observe();
  }

  // --- links to the core

  // A link by a path that an update moves (/var/lib/openclaw-update/current/…) never dangles, and 5.12
  // and 9.6 take it: they compare where it leads.
  [[nodiscard]] std::string core_path() const {
    if (situation_.looked_at.empty()) return situation_.package.root;
    std::string named = openclaw::resolve_path(situation_.looked_at.back());
    return resolved(named) == situation_.package.root ? named : situation_.package.root;
  }

  [[nodiscard]] static bool can_be_mended(PeerLink link) {
    return link == PeerLink::absent || link == PeerLink::dangling || link == PeerLink::other_core;
  }

  [[nodiscard]] static std::string what_is_wrong(const InstalledPlugin& plugin) {
    switch (plugin.peer_link) {
      case PeerLink::absent:
        return "the plugin had no link to OpenClaw";
      case PeerLink::dangling:
        return "led to " + base::printable(plugin.peer_target, 512) + ", which is gone";
      case PeerLink::other_core:
        return "led to another OpenClaw, " + base::printable(plugin.peer_target, 512);
      default:
        return "";
    }
  }

  Result<void> tell_links() {
    for (const auto& plugin : installed_) {
      if (!can_be_mended(plugin.peer_link)) continue;
      outcome_.findings.push_back({Finding::Kind::peer_link, false, state_ + "/" + plugin.peer_path(),
                                   what_is_wrong(plugin) + "; would be made to lead to " + core_path()});
    }
    return {};
  }

  // 5.12 does it only in `doctor --fix`, 9.6 only when its start-up checkpoint is stale.
  void mend_links() {
    for (const auto& plugin : installed_) {
      if (!can_be_mended(plugin.peer_link) || failures_.contains(plugin.id)) continue;
      const std::string link = state_ + "/" + plugin.peer_path();
      const auto mended = mend(plugin);
      if (mended) mended_.insert(plugin.id);
      if (!mended) failures_[plugin.id] = "its link to OpenClaw is broken: " + mended.error().message;
      outcome_.findings.push_back({Finding::Kind::peer_link, mended.has_value(), link,
                                   what_is_wrong(plugin) + (mended ? "; now leads to " + core_path()
                                                                   : "; " + mended.error().message)});
    }
  }

  // A link beside it, then one rename: a gateway that runs never finds the name missing.
  [[nodiscard]] Result<void> mend(const InstalledPlugin& plugin) const {
    const auto state = fs::open_directory(state_);
    if (!state) return base::pass(state.error());
    const auto modules = fs::make_directories_beneath(state->get(), plugin.path + "/node_modules");
    if (!modules) return base::pass(modules.error());
    const std::string fresh = fs::temporary_name(".openclaw-systemd-");
    if (::symlinkat(core_path().c_str(), modules->get(), fresh.c_str()) != 0) {
      return base::fail_errno(errno, "cannot make a link in " + state_ + "/" + plugin.path + "/node_modules");
    }
    if (::renameat(modules->get(), fresh.c_str(), modules->get(), "openclaw") == 0) return {};
    const int number = errno;
    (void)::unlinkat(modules->get(), fresh.c_str(), 0);
    return base::fail_errno(number, "cannot replace " + state_ + "/" + plugin.peer_path());
  }

  // --- installing

  // What the gateway does without the plugin, for whoever reads that it could not be installed.
  [[nodiscard]] std::string consequence() const {
    return situation_.era->delivery == Delivery::plugin_projects
               ? "; OpenClaw itself tries again at every start, silently for about 75 s where the registry "
                 "cannot be "
                 "reached (npm_config_fetch_retries=0 in the unit's environment shortens that)"
               : "; the gateway starts without it and does not say so";
  }

  Result<void> install_missing() {
    std::string give_up;  // a dead network is waited for once
    const auto asked = missing();
    for (const auto& [id, target] : asked) {
      if (!is_missing(id)) continue;
      if (const auto failure = failed_fetches_.heeded(key_of(id, target))) {
        failures_[id] = failure->error.message + failed_fetches_.when_tried(*failure) + consequence();
        continue;
      }
      if (request_.offline) give_up = "not installed, and --offline forbids to fetch it";
      if (!give_up.empty()) {
        note_failure(id, target, {}, {base::ErrorKind::unavailable, 0, target + ": " + give_up});
        continue;
      }
      surroundings_.phase("installing " + target + " with OpenClaw's own installer");
      const auto ran = cli_.run({"plugins", "install", target});
      if (ran) outcome_.client = "openclaw " + situation_.package.version_text;
      if (const auto seen = observe(); !seen) return seen;
      // "plugin already exists" is a failure to OpenClaw and none to us: the files decide.
      if (!is_missing(id)) continue;
      note_failure(id, target, ran ? ran->duration : std::chrono::milliseconds{},
                   {ran ? base::ErrorKind::unavailable : ran.error().kind, 0, why_not(ran, target)});
      if (!ran || ran->stalled) give_up = "not tried after what happened to " + target;
    }
    note_arrivals(asked);
    return {};
  }

  [[nodiscard]] bool is_missing(const std::string& id) const {
    const ExternalNeed* need = find(id);
    return need != nullptr && need->state == ExternalNeed::State::missing;
  }

  [[nodiscard]] std::string key_of(const std::string& id, const std::string& target) const {
    return key_of_plugin(id, target, situation_.package.version_text, request_);
  }

  void note_failure(const std::string& id, const std::string& target, std::chrono::milliseconds took,
                    base::Error error) {
    failures_[id] = error.message + consequence();
    failed_fetches_.note({key_of(id, target), {}, took, std::move(error), {}});
  }

  // Also of what had failed before: 9.6 installs all that is missing when it is asked for one.
  void note_arrivals(const std::vector<std::pair<std::string, std::string>>& asked) {
    for (const auto& [id, target] : asked) {
      if (is_missing(id)) continue;
      installed_now_.insert(id);
      failures_.erase(id);
      failed_fetches_.forget(key_of(id, target));
    }
  }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> missing() const {
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& need : needs_) {
      if (need.state == ExternalNeed::State::missing) found.emplace_back(need.id, need.target());
    }
    return found;
  }

  [[nodiscard]] std::string why_not(const Result<process::Outcome>& ran, const std::string& target) const {
    if (!ran) return "OpenClaw's installer could not be run for " + target + ": " + ran.error().message;
    if (ran->stalled) {
      const auto seconds = request_.settings.packages.stall_timeout.count();
      return "installing " + target + " was stopped after " + std::to_string(seconds) +
             " s in which nothing happened; is the registry reachable?";
    }
    return explain_installation(target, ran->said());
  }

  // --- another version than the core

  Result<void> update_skewed() {
    const std::vector<ExternalNeed> before = needs_;
    for (const auto& need : before) {
      if (!need.wanted || !need.skewed()) continue;
      if (request_.offline) {
        update_failures_[need.id] = "--offline forbids to fetch it";
        continue;
      }
      if (const auto done = update(need); !done) return done;
    }
    return {};
  }

  Result<void> update(const ExternalNeed& need) {
    surroundings_.phase("updating " + need.id + " to " + need.target() + " with OpenClaw's own installer");
    const auto state = fs::open_directory(state_);
    const auto store = open_store();
    if (!state || !store) return base::pass(state ? store.error() : state.error());
    const FormerTree former(state->get(), store->get());
    // From 5.28 it is transactional by itself.
    const bool in_place =
        situation_.era->delivery == Delivery::flat_npm_root && fs::exists_beneath(state->get(), "npm");
    if (const auto kept = in_place ? former.keep() : Result<void>{}; !kept) {
      update_failures_[need.id] = kept.error().message;
      return {};
    }
    const auto ran = cli_.run({"plugins", "update", need.target()});
    if (ran) outcome_.client = "openclaw " + situation_.package.version_text;
    if (const auto seen = observe(); !seen) return seen;
    const ExternalNeed* now = find(need.id);
    if (now != nullptr && now->state == ExternalNeed::State::present && !now->skewed()) {
      updated_[need.id] = need.version;
      installed_now_.insert(need.id);
      return in_place ? former.discard() : Result<void>{};
    }
    update_failures_[need.id] = why_not(ran, need.target());
    if (!in_place) return {};
    if (const auto back = former.restore(); !back) return back;
    return observe();
  }

  void tell_skew() {
    for (const auto& need : needs_) {
      if (const auto old = updated_.find(need.id); old != updated_.end()) {
        outcome_.findings.push_back({Finding::Kind::skew, true, need.id,
                                     need.package + " was " + old->second + ", now " + need.version});
        continue;
      }
      if (!need.wanted || !need.skewed()) continue;
      const auto failure = update_failures_.find(need.id);
      outcome_.findings.push_back(
          {Finding::Kind::skew, false, need.id,
           need.package + " is " + need.version + " and OpenClaw is " + situation_.package.version_text +
               (failure == update_failures_.end() ? "; `openclaw-install-deps --repair` updates the plugin"
                                                  : "; not updated: " + failure->second)});
    }
  }

  Result<void> recover() {
    const auto state = fs::open_directory(state_);
    if (!state) return {};  // OpenClaw has not run yet
    const auto store = open_store();
    if (!store) return base::pass(store.error());
    const auto restored = FormerTree(state->get(), store->get()).recover();
    if (!restored) return base::pass(restored.error());
    if (*restored) {
      outcome_.findings.push_back({Finding::Kind::half_finished, true, state_ + "/npm",
                                   "put back as it was before a plugin update that died"});
    }
    return {};
  }

  [[nodiscard]] Result<base::UniqueFd> open_store() const {
    const auto state = fs::open_directory(situation_.state);
    if (!state) return base::pass(state.error());
    return fs::make_directories_beneath(state->get(), "staged-deps");
  }

  void make_rows() {
    for (const auto& need : needs_) {
      PluginRow row = row_of(need, situation_.package.version_text);
      const bool usable = row.status == PluginStatus::present;
      if (usable && mended_.contains(need.id)) row.status = PluginStatus::repaired;
      if (usable && installed_now_.contains(need.id)) row.status = PluginStatus::staged;
      const auto failure = failures_.find(need.id);
      if (row.status == PluginStatus::missing && failure != failures_.end()) {
        row.status = PluginStatus::failed;
        row.reason = failure->second;
      }
      outcome_.plugins.push_back(std::move(row));
    }
  }

  const Situation& situation_;
  const Request& request_;
  Surroundings& surroundings_;
  Outcome& outcome_;
  CommandLine cli_;
  FailedFetches failed_fetches_;
  std::string state_;  // OpenClaw's, which is not the service's when OPENCLAW_STATE_DIR or _HOME say so
  openclaw::ExternalCatalog catalog_;
  std::string web_search_provider_;
  std::vector<InstalledPlugin> installed_;
  std::vector<ExternalNeed> needs_;
  std::set<std::string> mended_, installed_now_;
  std::map<std::string, std::string> failures_, update_failures_, updated_;
};

}  // namespace

Result<void> tend_external_plugins(const Situation& situation, const Request& request,
                                   Surroundings& surroundings, Outcome& outcome) {
  return ExternalPlugins(situation, request, surroundings, outcome).run();
}

std::vector<std::string> watched_external_paths(const Situation& situation, const Request& request) {
  if (situation.era->delivery != Delivery::flat_npm_root &&
      situation.era->delivery != Delivery::plugin_projects) {
    return {};
  }
  const std::string state = openclaw::state_directory(request.environment) + "/";
  std::vector<std::string> paths;
  for (const char* path :
       {"npm", "npm/package.json", "npm/projects", "npm/.openclaw-retained-npm-installs", "extensions"}) {
    paths.push_back(state + path);
  }
  const auto installed = openclaw::read_installed_plugins(openclaw::state_directory(request.environment),
                                                          situation.era->delivery, situation.package.root);
  if (!installed) return paths;
  for (const auto& plugin : *installed) {
    for (const char* file : {"/package.json", "/openclaw.plugin.json"})
      paths.push_back(state + plugin.path + file);
    paths.push_back(state + plugin.peer_path());
    if (!plugin.manifest.empty()) paths.push_back(state + plugin.manifest);
  }
  return paths;
}

}  // namespace stage
