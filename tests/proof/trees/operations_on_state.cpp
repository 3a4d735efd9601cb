// SPDX-License-Identifier: MIT
// src/workers/state, guard and user_unit: the gateway's user with the gateway's state.
#include <sqlite3.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "openclaw/config_includes.hpp"
#include "support/fake_service_manager.hpp"
#include "trees/operations.hpp"
#include "trees/state_ground.hpp"
#include "workers/guard/kept.hpp"
#include "workers/state/copy.hpp"
#include "workers/state/owner.hpp"
#include "workers/state/request.hpp"
#include "workers/state/restore.hpp"
#include "workers/state/snapshot.hpp"
#include "workers/state/work_folder.hpp"
#include "workers/user_unit/look.hpp"

namespace trees {
namespace {

using base::Result;
using workers::state::Pass;

// --- snapshots

// Folders of the state that a snapshot has files of: by their names, and by what is in them.
void as_settings(Plot& plot) {
  make_state(plot);
  plot.tree = plot.path("state/.openclaw/settings");
  plot.entry = "entry.json";
}

void as_databases(Plot& plot) {
  make_state(plot);
  plot.tree = plot.path("state/.openclaw/agents");
  plot.entry = "entry.sqlite";
}

void as_whole_state(Plot& plot) {
  make_folder(plot.path("state"), plot.owner);
  plot.tree = plot.path("state/.openclaw");
  plot.entry = "openclaw.json";
}

Result<void> snapshot(const Plot& plot) {
  const auto place = place_of_state(plot);
  const auto hot =
      workers::state::take_snapshot(place, transaction, Pass::hot, workers::state::Transcripts::included);
  if (!hot) return base::pass(hot.error());
  const auto settled =
      workers::state::take_snapshot(place, transaction, Pass::settle, workers::state::Transcripts::included);
  if (!settled) return base::pass(settled.error());
  const auto good = workers::state::verify_snapshot(place, transaction, settled->inventory.digest());
  if (!good)
    throw std::runtime_error("a snapshot was taken that cannot be restored: " + good.error().message);
  (void)workers::state::is_current(place, transaction);
  (void)workers::state::live_schemas(place);
  return just(workers::state::discard_snapshots(place, {}));
}

void as_changed_since(Plot& plot, const char* folder, const char* entry) {
  make_state(plot);
  take_snapshot_before(plot);
  plot.tree = plot.path(std::string("state/.openclaw/") + folder);
  plot.entry = entry;
  clear_away(plot.tree);
}

Result<void> restore(const Plot& plot) {
  return just(workers::state::restore_snapshot(place_of_state(plot), transaction, "", "restoring"));
}

// What was in the snapshot is in its place again.
std::string must_be_restored(const Plot& plot) {
  for (const char* file : {"openclaw.json", "settings/entry.json", "agents/entry.sqlite"}) {
    if (!is_there(plot.path(std::string("state/.openclaw/") + file)))
      return std::string("it was done, and ") + file + " is not there";
  }
  return "";
}

void as_stored(Plot& plot) {
  make_state(plot);
  take_snapshot_before(plot);
  plot.tree = plot.path(base::concat({"state/snapshots/", transaction, "/files/state/settings"}));
  plot.entry = "entry.json";
  clear_away(plot.tree);
}

void as_snapshot(Plot& plot) {
  make_state(plot);
  take_snapshot_before(plot);
  plot.tree = plot.path(base::concat({"state/snapshots/", transaction}));
  clear_away(plot.tree);
}

// What the tree itself says must be in place need not be so; nothing else is asked of it.
Result<void> restore_and_discard(const Plot& plot) {
  const auto place = place_of_state(plot);
  (void)workers::state::list_snapshots(place);
  auto restored = workers::state::restore_snapshot(place, transaction, "", "restoring");
  auto discarded = workers::state::discard_snapshots(place, {});
  if (!discarded) return base::pass(discarded.error());
  return just(restored);
}

// --- copies for a release that is tried

void as_plugin(Plot& plot) {
  make_state(plot);
  make_folders(plot.path("state/.openclaw/extensions"), plot.owner);
  plot.tree = plot.path("state/.openclaw/extensions/plugin");
}

void add_plugin(const Plot& plot) {
  add_file(plot, "package.json",
           R"({"name":"plugin","version":"1.0.0","openclaw":{"extensions":["./x.js"]}})");
  add_file(plot, "openclaw.plugin.json", R"({"id":"plugin"})");
}

Result<void> copy_for_a_try(const Plot& plot) {
  const auto place = place_of_state(plot);
  const auto work = workers::state::WorkFolder::make(plot.path("work"), "canary-");
  if (!work) return base::pass(work.error());
  if (auto made = workers::state::make_copy(work->fd()); !made) return made;
  const auto roots = workers::state::open_roots(place);
  if (!roots) return base::pass(roots.error());
  const auto config = openclaw::read_config_with_includes(place.config, {});
  const auto copied =
      workers::state::copy_config(place, config ? &*config : nullptr, work->fd(), work->path());
  base::Redaction redaction;
  if (auto done = workers::state::copy_environment_files(*roots, work->fd(), redaction); !done) return done;
  const auto parts = workers::state::PluginParts::whole;
  if (auto done = workers::state::copy_plugins(place, *roots, plot.path("package"), work->fd(), parts); !done)
    return done;
  const auto missing =
      workers::state::copy_belongings(place, *roots, work->fd(), workers::state::Transcripts::included);
  if (!missing) return base::pass(missing.error());
  return just(copied);
}

void as_left_work(Plot& plot) {
  make_state(plot);
  plot.tree = plot.path("work/canary-abcdef");
}

// --- the guard of a container's volume

Result<void> keep(const Plot& plot) {
  const auto place = place_of_state(plot);
  if (auto kept = workers::guard::keep_state(place, "2026.9.5"); !kept) return base::pass(kept.error());
  const auto kept = workers::guard::list_kept(place);
  if (!kept) return base::pass(kept.error());
  if (kept->empty()) throw std::runtime_error("a snapshot was kept that is not sound");
  return {};
}

void as_kept(Plot& plot) {
  make_state(plot);
  make_folders(plot.path("state/snapshots"), plot.owner);
  plot.tree = plot.path("state/snapshots/guard-000001-2026.9.1");
}

void add_kept_record(const Plot& plot) {
  add_file(plot, "guard.json", R"({"digest":"x"})");
}

Result<void> drop(const Plot& plot) {
  const auto place = place_of_state(plot);
  if (auto kept = workers::guard::keep_state(place, "2026.9.5"); !kept) return base::pass(kept.error());
  return just(workers::guard::drop_old(place, {}));
}

void as_unfinished(Plot& plot) {
  make_state(plot);
  make_folders(plot.path("state/snapshots"), plot.owner);
  plot.tree = plot.path("state/snapshots/unfinished-guard");
}

// --- others

void as_request(Plot& plot) {
  make_folder(plot.path("state"), plot.owner);
  plot.tree = plot.path("state/update-request");
}

Result<void> take_request(const Plot& plot) {
  return just(workers::state::take_update_request(plot.path("state")));
}

void as_locks(Plot& plot) {
  make_state(plot);
  make_folders(plot.path("state/.openclaw/tmp"), plot.owner);
  plot.tree = plot.path("state/.openclaw/tmp/openclaw-") + std::to_string(lesser_user);
  plot.entry = "gateway.entry.lock";
}

Result<void> look_for_owner(const Plot& plot) {
  const auto place = place_of_state(plot);
  const workers::state::Gateway gateway{::getpid(), {::getpid()}, "", "/proc", lesser_user};
  // Whose it is does not matter here.
  (void)workers::state::judge(workers::state::signs_of(gateway, place), place);
  return {};
}

void as_units(Plot& plot) {
  make_folder(plot.path("config"), plot.owner);
  plot.tree = plot.path("config/units");
}

// A user's own unit, whose files may be anything of that user's.
Result<void> look_at_unit(const Plot& plot) {
  bus_tests::FakeServiceManager manager;
  auto& unit = manager.add("gateway.service");
  unit.run();
  unit.status.fragment_path = plot.hostile();
  unit.status.drop_in_paths = {plot.in_tree("plain"), plot.tree};
  unit.status.main_pid = ::getpid();
  unit.definition.environment_files = {{plot.hostile(), true}, {plot.in_tree("package.json"), true}};
  unit.environment = {{"HOME", plot.tree}, {"OPENCLAW_CONFIG_PATH", plot.hostile()}};
  return just(workers::user_unit::look_at(manager, "gateway.service"));
}

}  // namespace

std::vector<Operation> operations_on_state() {
  const auto settings_changed = [](Plot& plot) { as_changed_since(plot, "settings", "entry.json"); };
  const auto databases_changed = [](Plot& plot) { as_changed_since(plot, "agents", "entry.sqlite"); };
  return {
      {"a snapshot of settings", As::lesser, as_settings, snapshot},
      {"a snapshot of databases", As::lesser, as_databases, snapshot},
      {"a snapshot of a whole state", As::lesser, as_whole_state, snapshot, {}, {}, false, true},
      {"the restoring of settings", As::lesser, settings_changed, restore, {}, must_be_restored},
      {"the restoring of databases", As::lesser, databases_changed, restore, {}, must_be_restored},
      {"the restoring of a snapshot that was tampered with", As::lesser, as_stored, restore_and_discard},
      {"the discarding of a snapshot", As::lesser, as_snapshot, restore_and_discard},
      {"a copy of settings for a canary", As::lesser, as_settings, copy_for_a_try, {}, {}, false, true},
      {"a copy of databases for a canary", As::lesser, as_databases, copy_for_a_try},
      {"a copy of a plugin for a canary", As::lesser, as_plugin, copy_for_a_try, add_plugin},
      {"a canary beside a left copy", As::lesser, as_left_work, copy_for_a_try},
      {"a snapshot of the guard", As::lesser, as_settings, keep},
      {"the dropping of the guard's snapshots", As::lesser, as_kept, drop, add_kept_record},
      {"the guard's return to what it left", As::lesser, as_unfinished, drop},
      {"the taking of a request", As::lesser, as_request, take_request},
      {"the search for the owner of a state", As::lesser, as_locks, look_for_owner, {}, {}, false, true},
      {"the look at a user's unit", As::lesser, as_units, look_at_unit, {}, {}, false, true},
  };
}

}  // namespace trees
