// SPDX-License-Identifier: MIT
#include "stage/engine.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "lock/kernel_lock.hpp"
#include "stage/circumstances.hpp"
#include "stage/closure_staging.hpp"
#include "stage/course.hpp"
#include "stage/external_plugins.hpp"
#include "stage/owned_root.hpp"
#include "stage/plugin_view.hpp"
#include "stage/situation.hpp"

namespace stage {
namespace {

using base::Result;
using openclaw::Delivery;

// A concurrent run (the hook of the unit and an openclaw-install-deps) waits for the first one, and then
// finds nothing to do.
constexpr std::chrono::minutes lock_patience{10};
constexpr std::chrono::seconds lock_slice{10};
constexpr const char* lock_file = ".lock";

// The doctor of 5.2-9.1 removes the whole folder that OPENCLAW_PLUGIN_STAGE_DIR names.
void warn_of_stage_directory(const Situation& situation, const Request& request, Outcome& outcome) {
  const std::string& named = request.environment.locations.stage_directory;
  if (!situation.era->doctor_deletes_stage_dir || named.empty()) return;
  outcome.findings.push_back({Finding::Kind::stage_directory, false, named,
                              "OPENCLAW_PLUGIN_STAGE_DIR is set, and the doctor of OpenClaw " +
                                  situation.package.version_text +
                                  " deletes the whole folder that it names; remove the variable from the "
                                  "unit (this version does not need it)"});
}

void warn_of_unowned_state(const Situation& situation, const Request& request, Outcome& outcome) {
  const auto needed = needs_owned_root(situation.package.version, request.environment.locations);
  if (!needed || !*needed) return;
  outcome.findings.push_back({Finding::Kind::owned_root, false, request.environment.locations.state,
                              "the state directory belongs to another user, and OpenClaw " +
                                  situation.package.version_text +
                                  " fails when it changes the mode of the directory (#83619) or already uses "
                                  "a separate root; start the gateway "
                                  "through "
                                  "\"openclaw-stage-deps -- COMMAND\", which sets that root"});
}

// Views are only for 4.15-4.21: any other version would load the plugins of the old one from them.
class StaleView final : public Course {
 public:
  StaleView(const Situation& situation, Outcome& outcome) : situation_(situation), outcome_(outcome) {}

  Result<void> observe() override {
    stale_ = situation_.era->delivery != Delivery::plugin_view && has_plugin_view(situation_.state);
    half_built_ = has_half_built_view(situation_.state);
    return {};
  }
  [[nodiscard]] std::vector<Action> plan() const override {
    if (stale_) return {{Action::Kind::remove_view, situation_.state + "/" + std::string(view_folder)}};
    if (half_built_) return {{Action::Kind::remove_half_finished, situation_.state}};
    return {};
  }
  Result<Applied> apply(const Action& action) override {
    if (action.kind == Action::Kind::remove_half_finished) {
      if (const auto swept = sweep_half_built_views(situation_.state); !swept)
        return base::pass(swept.error());
      return Applied::nothing_new;
    }
    if (const auto removed = remove_plugin_view(situation_.state); !removed)
      return base::pass(removed.error());
    outcome_.findings.push_back({Finding::Kind::note, true, action.subject,
                                 "removed the plugin view of an earlier OpenClaw version"});
    return Applied::nothing_new;
  }
  void judge() override {}

 private:
  const Situation& situation_;
  Outcome& outcome_;
  bool stale_ = false, half_built_ = false;
};

// A course whose first change ends the record of the last complete run. Otherwise, a run that is killed, or
// ends with the power, would leave a record that calls a half changed tree unchanged.
class Unrecorded final : public Course {
 public:
  Unrecorded(Course& course, const std::string& state) : course_(course), state_(state) {}

  Result<void> observe() override { return course_.observe(); }
  [[nodiscard]] std::vector<Action> plan() const override { return course_.plan(); }
  Result<Applied> apply(const Action& action) override {
    if (!forgotten_ && !changes_nothing(action.kind)) {
      if (const auto forgotten = forget(state_); !forgotten) return base::pass(forgotten.error());
      forgotten_ = true;
    }
    return course_.apply(action);
  }
  void judge() override { course_.judge(); }

 private:
  Course& course_;
  const std::string& state_;
  bool forgotten_ = false;
};

Result<void> follow_unrecorded(Course& course, const Situation& situation, bool check, Outcome& outcome) {
  Unrecorded unrecorded(course, situation.state);
  return follow(unrecorded, check, outcome);
}

void list_bundled(const Situation& situation, const Request& request, Outcome& outcome) {
  for (const auto& need : openclaw::decide_needs(situation.bundled, situation.config, situation.era->policy,
                                                 request.selection)) {
    PluginRow row{
        need.plugin->directory, PluginStatus::not_needed, need.reason, need.plugin->dependencies.size(), {}};
    if (need.needed) row.status = need.plugin->defect.empty() ? PluginStatus::present : PluginStatus::failed;
    if (need.needed && !need.plugin->defect.empty()) row.reason = need.plugin->defect;
    if (row.dependencies > 0 || row.status == PluginStatus::failed) outcome.plugins.push_back(std::move(row));
  }
}

Result<void> stage_by_era(const Situation& situation, const Request& request, Surroundings& surroundings,
                          Outcome& outcome) {
  switch (situation.era->delivery) {
    case Delivery::none:
      list_bundled(situation, request, outcome);
      return {};
    case Delivery::plugin_view:
    case Delivery::external_root: {
      ClosureStaging closure(situation, request, surroundings, outcome);
      return follow_unrecorded(closure, situation, request.check, outcome);
    }
    case Delivery::flat_npm_root:
    case Delivery::plugin_projects: {
      ExternalPlugins plugins(situation, request, surroundings, outcome);
      return follow_unrecorded(plugins, situation, request.check, outcome);
    }
  }
  return {};
}

bool has_open_warnings(const Outcome& outcome) {
  return std::any_of(outcome.findings.begin(), outcome.findings.end(), [](const Finding& finding) {
    return !finding.mended && finding.kind != Finding::Kind::note;
  });
}

bool plugins_are_packages(const Situation& situation) {
  return situation.era->delivery == Delivery::flat_npm_root ||
         situation.era->delivery == Delivery::plugin_projects;
}

// Reported only if a config would have made a difference: named plugins, and with --all all bundled ones, are
// processed without a config.
void note_missing_config(const Situation& situation, const Request& request, Outcome& outcome) {
  const bool packages = plugins_are_packages(situation);
  if (!request.selection.only.empty() || (request.selection.all && !packages)) return;
  const std::string& path = request.environment.locations.config;
  if (::access(path.c_str(), F_OK) == 0) return;
  outcome.findings.push_back({Finding::Kind::note, false, path,
                              std::string("there is no config here, so only plugins that ") +
                                  (packages ? "a variable requires" : "are enabled by default") +
                                  " are needed; make one with openclaw onboard, or name it with --config"});
}

// Reported once for each staging, since a start with nothing to do does not get here.
void note_newer_release(const Situation& situation, Outcome& outcome) {
  std::string notice = openclaw::notice_of_newer_release(situation.package.version);
  if (notice.empty()) return;
  outcome.findings.push_back({Finding::Kind::note, false, situation.package.root, std::move(notice)});
}

Result<void> run_locked(const Situation& situation, const Request& request, Surroundings& surroundings,
                        Outcome& outcome) {
  warn_of_stage_directory(situation, request, outcome);
  warn_of_unowned_state(situation, request, outcome);
  note_missing_config(situation, request, outcome);
  note_newer_release(situation, outcome);
  StaleView view(situation, outcome);
  if (const auto removed = follow_unrecorded(view, situation, request.check, outcome); !removed)
    return removed;
  if (const auto staged = stage_by_era(situation, request, surroundings, outcome); !staged) return staged;
  if (request.check) return {};
  // After an incomplete run, the next start tries again, and reports again what an operator has to solve.
  if (!outcome.complete() || has_open_warnings(outcome)) return forget(situation.state);
  return remember(situation, request, outcome);
}

// Waits in slices and reports each to the service manager, so that TimeoutStartSec= does not end the wait.
Result<lock::KernelLock> wait_for_lock(int store_fd, Surroundings& surroundings) {
  const auto give_up = std::chrono::steady_clock::now() + lock_patience;
  while (true) {
    auto held = lock::KernelLock::acquire(store_fd, lock_file, lock_slice);
    if (held || held.error().kind != base::ErrorKind::busy) return held;
    if (std::chrono::steady_clock::now() >= give_up) return held;
    surroundings.phase("waiting: " + held.error().message);
  }
}

Result<lock::KernelLock> lock_state(const std::string& state, Surroundings& surroundings) {
  auto directory = fs::open_directory(state);
  if (!directory) {
    return base::pass(directory.error(),
                      "the state directory " + state +
                          " cannot be opened; set it with StateDirectory= in the unit, or --state-dir");
  }
  auto store = fs::make_directories_beneath(directory->get(), "staged-deps", 0755);
  if (!store) return base::pass(store.error(), "preparing " + state + "/staged-deps");
  return wait_for_lock(store->get(), surroundings);
}

Result<void> run_afresh(const Request& request, Surroundings& surroundings, Outcome& outcome) {
  auto situation = observe(request);
  if (!situation) return base::pass(situation.error());
  outcome.package_root = situation->package.root;
  outcome.version = situation->package.version_text;
  outcome.era = situation->era->name;
  if (!situation->target.base.empty()) outcome.target = situation->target.path();
  // A check takes no lock and creates no folder.
  if (request.check) return run_locked(*situation, request, surroundings, outcome);
  const auto held = lock_state(situation->state, surroundings);
  if (!held) return base::pass(held.error());
  return run_locked(*situation, request, surroundings, outcome);
}

}  // namespace

Outcome run(const Request& request, Surroundings& surroundings) {
  const auto started = std::chrono::steady_clock::now();
  Outcome outcome;
  if (request.use_record && recall(request, outcome)) {
    outcome.unchanged = true;
  } else if (const auto done = run_afresh(request, surroundings, outcome); !done) {
    outcome.failure = done.error();
  }
  outcome.duration =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
  return outcome;
}

}  // namespace stage
