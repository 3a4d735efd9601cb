// SPDX-License-Identifier: MIT
#include "stage/external_plugins.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "fs/beneath.hpp"
#include "fs/draft.hpp"
#include "stage/former_tree.hpp"

namespace stage {
namespace {

using base::Result;
using openclaw::Delivery;
using Kind = Action::Kind;

// npm/ of OpenClaw's state, and this suite's folder for a copy during an update.
struct Trees {
  base::UniqueFd state, store;
  [[nodiscard]] FormerTree former() const { return {state.get(), store.get()}; }
};

Result<Trees> open_trees(const Situation& situation, const Request& request) {
  auto state = fs::open_directory(request.environment.locations.state);
  if (!state) return base::pass(state.error());
  const auto own = fs::open_directory(situation.state);
  if (!own) return base::pass(own.error());
  auto store = fs::make_directories_beneath(own->get(), "staged-deps");
  if (!store) return base::pass(store.error());
  return Trees{std::move(*state), std::move(*store)};
}

// A link beside it is renamed over it, so a running gateway never finds the name missing. 5.12 does this only
// in `doctor --fix`, 9.6 only if its start-up checkpoint is stale.
Result<void> link_to_core(const std::string& state_path, const std::string& plugin, const std::string& core) {
  const auto state = fs::open_directory(state_path);
  if (!state) return base::pass(state.error());
  const std::string folder = plugin + "/node_modules";
  const auto modules = fs::make_directories_beneath(state->get(), folder);
  if (!modules) return base::pass(modules.error());
  return fs::replace_link(modules->get(), core, "openclaw", state_path + "/" + folder + "/openclaw");
}

// What the gateway does without the plugin, for the message that it could not be installed.
std::string consequence(const openclaw::Era& era) {
  return era.delivery == Delivery::plugin_projects
             ? "; OpenClaw itself tries again at every start, for about 75 s without output if the registry "
               "cannot be "
               "reached (npm_config_fetch_retries=0 in the unit's environment shortens that)"
             : "; the gateway starts without it and does not report this";
}

std::string why_not(const Result<command::Outcome>& ran, const std::string& target, const Request& request) {
  if (!ran) return "OpenClaw's installer could not be run for " + target + ": " + ran.error().message;
  if (!ran->ended) {
    const auto seconds = request.settings.packages.stall_timeout.count();
    return "installing " + target + " was stopped after " + std::to_string(seconds) +
           " s without progress; check whether the registry can be reached";
  }
  return explain_installation(target, ran->said());
}

}  // namespace

ExternalPlugins::ExternalPlugins(const Situation& situation, const Request& request,
                                 Surroundings& surroundings, Outcome& outcome)
    : situation_(situation),
      request_(request),
      outcome_(outcome),
      surroundings_(surroundings),
      installer_(situation, request, surroundings),
      failed_fetches_(situation.state, request) {}

Result<void> ExternalPlugins::observe() {
  if (!catalog_) {
    auto catalog = openclaw::read_external_catalog(situation_.package);
    if (!catalog) return base::pass(catalog.error());
    catalog_ = std::move(*catalog);
  }
  const bool died = !request_.check && !tried_.recovered && !tried_.updating && !call_;
  auto seen = observe_external(situation_, request_, *catalog_, failed_fetches_,
                               died ? FormerTreeKept::ends_the_look : FormerTreeKept::is_seen);
  if (!seen) return base::pass(seen.error());
  const auto before = std::exchange(seen_.needs, {});
  seen_ = std::move(*seen);
  settle(before);
  return {};
}

std::vector<Action> ExternalPlugins::plan() const {
  return plan_external(request_, seen_, tried_);
}

Result<Applied> ExternalPlugins::apply(const Action& action) {
  switch (action.kind) {
    case Kind::recover_update:
      return recover_update(action);
    case Kind::mend_link:
      return mend_link(action);
    case Kind::install_plugin:
      return install(action);
    case Kind::leave_plugin:
      return leave(action);
    case Kind::update_plugin:
      return update(action);
    case Kind::leave_update:
      tried_.updates.insert(action.subject);
      tried_.update_failures[action.subject] = action.reason;
      return Applied::nothing_new;
    case Kind::restore_former:
    case Kind::discard_former: {
      tried_.updating.reset();
      const auto trees = open_trees(situation_, request_);
      if (!trees) return base::pass(trees.error());
      const bool restore = action.kind == Kind::restore_former;
      const auto done = restore ? trees->former().restore() : trees->former().discard();
      if (!done) return base::pass(done.error());
      return restore ? Applied::look_again : Applied::nothing_new;
    }
    default:
      return Applied::nothing_new;
  }
}

// --- results of the installer

void ExternalPlugins::settle(const std::vector<ExternalNeed>& before) {
  if (!call_) return;
  const Call call = *std::exchange(call_, std::nullopt);
  if (call.asked.kind == Kind::install_plugin) {
    settle_install(call);
  } else {
    settle_update(call, before);
  }
}

// OpenClaw reports "plugin already exists" as a failure, but it is none: the files decide.
void ExternalPlugins::settle_install(const Call& call) {
  const std::string& target = call.asked.target;
  if (seen_.is_missing(call.asked.subject)) {
    note_failure(call.asked.subject, target, call.took, {call.kind, 0, call.why_not});
    if (call.hopeless) tried_.give_up = "not tried after the failure of " + target;
  }
  // Includes plugins that failed before: 9.6 installs all that are missing if it is asked for one.
  for (auto each = asked_.begin(); each != asked_.end();) {
    if (seen_.is_missing(each->first)) {
      ++each;
      continue;
    }
    installed_now_.insert(each->first);
    tried_.failures.erase(each->first);
    failed_fetches_.forget(each->second);
    each = asked_.erase(each);
  }
}

void ExternalPlugins::settle_update(const Call& call, const std::vector<ExternalNeed>& before) {
  const bool failed = !is_updated(seen_.find(call.asked.subject));
  if (failed) tried_.update_failures[call.asked.subject] = call.why_not;
  if (failed && tried_.updating) return;  // other changes are restored
  for (const ExternalNeed& old : before) {
    if (!old.wanted || !old.skewed() || !is_updated(seen_.find(old.id))) continue;
    updated_[old.id] = old.version;
    installed_now_.insert(old.id);
  }
}

void ExternalPlugins::note_failure(const std::string& id, const std::string& target,
                                   std::chrono::milliseconds took, base::Error error) {
  tried_.failures[id] = error.message + consequence(*situation_.era);
  failed_fetches_.note(
      {key_of_plugin(id, target, situation_.package.version_text, request_), {}, took, std::move(error), {}});
}

// --- actions

Result<Applied> ExternalPlugins::recover_update(const Action& action) {
  tried_.recovered = true;
  const auto trees = open_trees(situation_, request_);
  if (!trees) return base::pass(trees.error());
  const auto restored = trees->former().recover();
  if (!restored) return base::pass(restored.error());
  if (*restored) {
    outcome_.findings.push_back({Finding::Kind::half_finished, true, action.subject,
                                 "restored to its state before an interrupted plugin update"});
  }
  return Applied::look_again;
}

Result<Applied> ExternalPlugins::mend_link(const Action& action) {
  tried_.links.insert(action.subject);
  const auto plugin = std::find_if(seen_.installed.begin(), seen_.installed.end(),
                                   [&](const auto& each) { return each.path == action.subject; });
  if (plugin == seen_.installed.end()) return Applied::look_again;
  const std::string& state = request_.environment.locations.state;
  const auto mended = link_to_core(state, action.subject, action.target);
  if (mended) mended_.insert(plugin->id);
  if (!mended) tried_.failures[plugin->id] = "its link to OpenClaw is broken: " + mended.error().message;
  outcome_.findings.push_back(
      {Finding::Kind::peer_link, mended.has_value(), state + "/" + plugin->peer_path(),
       action.reason + "; " + (mended ? "now points to " + action.target : mended.error().message)});
  return Applied::as_planned;
}

Result<Applied> ExternalPlugins::install(const Action& action) {
  tried_.installs.insert(action.subject);
  for (const ExternalNeed& need : seen_.needs) {
    if (seen_.is_missing(need.id)) asked_[need.id] = key_of(need, situation_, request_);
  }
  surroundings_.phase("installing " + action.target + " with OpenClaw's own installer");
  call(action, "install");
  return Applied::look_again;
}

Result<Applied> ExternalPlugins::leave(const Action& action) {
  tried_.installs.insert(action.subject);
  note_failure(action.subject, action.target, {}, {base::ErrorKind::unavailable, 0, action.reason});
  return Applied::nothing_new;
}

Result<Applied> ExternalPlugins::update(const Action& action) {
  tried_.updates.insert(action.subject);
  surroundings_.phase("updating " + action.subject + " to " + action.target +
                      " with OpenClaw's own installer");
  const auto trees = open_trees(situation_, request_);
  if (!trees) return base::pass(trees.error());
  // From 5.28 on, the update itself is transactional.
  const bool in_place =
      situation_.era->delivery == Delivery::flat_npm_root && fs::may_exist_beneath(trees->state.get(), "npm");
  if (const auto kept = in_place ? trees->former().keep() : Result<void>{}; !kept) {
    tried_.update_failures[action.subject] = kept.error().message;
    return Applied::nothing_new;
  }
  if (in_place) tried_.updating = action.subject;
  call(action, "update");
  return Applied::look_again;
}

void ExternalPlugins::call(const Action& action, const char* command) {
  tried_.installer_ran = true;
  tried_.links.clear();
  const auto ran = installer_.run({"plugins", command, action.target});
  if (ran) outcome_.client = "openclaw " + situation_.package.version_text;
  call_ = Call{action, why_not(ran, action.target, request_),
               ran ? base::ErrorKind::unavailable : ran.error().kind,
               ran ? ran->duration : std::chrono::milliseconds{}, !ran || !ran->ended};
}

// --- reporting

void ExternalPlugins::judge() {
  tell_skew();
  make_rows();
}

void ExternalPlugins::tell_skew() {
  for (const auto& need : seen_.needs) {
    if (const auto old = updated_.find(need.id); old != updated_.end()) {
      outcome_.findings.push_back({Finding::Kind::skew, true, need.id,
                                   need.package + " was " + old->second + ", and is now " + need.version});
      continue;
    }
    if (!need.wanted || !need.skewed()) continue;
    const auto failure = tried_.update_failures.find(need.id);
    outcome_.findings.push_back({Finding::Kind::skew, false, need.id,
                                 need.package + " is " + need.version + " and OpenClaw is " +
                                     situation_.package.version_text +
                                     (failure == tried_.update_failures.end()
                                          ? "; `openclaw-install-deps --repair` updates the plugin"
                                          : "; not updated: " + failure->second)});
  }
}

void ExternalPlugins::make_rows() {
  for (const auto& need : seen_.needs) {
    PluginRow row = row_of(need, situation_.package.version_text);
    const bool usable = row.status == PluginStatus::present;
    if (usable && mended_.contains(need.id)) row.status = PluginStatus::repaired;
    if (usable && installed_now_.contains(need.id)) row.status = PluginStatus::staged;
    const auto failure = tried_.failures.find(need.id);
    const auto heeded = seen_.heeded.find(need.id);
    if (row.status == PluginStatus::missing && failure != tried_.failures.end()) {
      row.status = PluginStatus::failed;
      row.reason = failure->second;
    } else if (row.status == PluginStatus::missing && heeded != seen_.heeded.end()) {
      row.status = PluginStatus::failed;
      row.reason = heeded->second + consequence(*situation_.era);
    }
    // Who asked for the update is not to read that all is well.
    const auto not_updated = tried_.update_failures.find(need.id);
    if (request_.thorough && need.wanted && usable && not_updated != tried_.update_failures.end()) {
      row.status = PluginStatus::failed;
      row.reason = need.package + " stays " + need.version + ": " + not_updated->second;
    }
    outcome_.plugins.push_back(std::move(row));
  }
}

}  // namespace stage
