// SPDX-License-Identifier: MIT
// src/stage, src/npm and src/openclaw, as the hook and openclaw-install-deps run them.
#include <fcntl.h>

#include <string>

#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "npm/clients.hpp"
#include "npm/tidy.hpp"
#include "openclaw/era.hpp"
#include "openclaw/presence.hpp"
#include "stage/closure_record.hpp"
#include "stage/closure_store.hpp"
#include "stage/former_tree.hpp"
#include "stage/leftovers.hpp"
#include "stage/owned_root.hpp"
#include "stage/plugin_view.hpp"
#include "stage/target.hpp"
#include "trees/operations.hpp"

namespace trees {
namespace {

using base::Result;
using stage::ClosureStore;

const std::string key(32, 'a');
constexpr const char* root_name = "openclaw-2026.4.26-0123456789ab";

void state_of_theirs(const Plot& plot) {
  make_folders(plot.path("state/staged-deps"), plot.owner);
  make_folders(plot.path("package/dist/extensions"), plot.owner);
  make_file(plot.path("package/package.json"), R"({"name":"openclaw","version":"2026.4.26"})", plot.owner);
}

Result<openclaw::Package> package(const Plot& plot) {
  return openclaw::read_package(plot.path("package"));
}

// --- closures

void as_workplace(Plot& plot) {
  state_of_theirs(plot);
  make_folder(plot.path("state/staged-deps/.staging-abcdef"), plot.owner, 0700);
  plot.tree = plot.path("state/staged-deps/.staging-abcdef/node_modules");
}

stage::ClosureDescription description() {
  stage::ClosureDescription description;
  description.dependencies = {{"dep", "1"}};
  description.client = "npm 11.0.0";
  description.platform = stage::current_platform();
  return description;
}

Result<void> seal_closure(const Plot& plot) {
  const auto store = ClosureStore::open(plot.path("state"));
  if (!store) return base::pass(store.error());
  const ClosureStore::Workplace workplace{".staging-abcdef", plot.path("state/staged-deps/.staging-abcdef")};
  const auto sealed = store->seal(workplace, description(), npm::droppings());
  if (!sealed) return base::pass(sealed.error());
  return store->verify(sealed->key);
}

void as_closure(Plot& plot) {
  state_of_theirs(plot);
  const std::string closure = plot.path("state/staged-deps/") + key;
  make_folder(closure, plot.owner);
  stage::ClosureDescription described = description();
  described.key = key;
  make_file(closure + "/closure.json", stage::to_text(described), plot.owner);
  make_file(closure + "/inventory", "", plot.owner);
  plot.tree = closure + "/node_modules";
}

Result<void> verify_closure(const Plot& plot) {
  const auto store = ClosureStore::open(plot.path("state"));
  if (!store) return base::pass(store.error());
  (void)store->find(description());
  return store->verify(key);
}

void as_closure_itself(Plot& plot) {
  state_of_theirs(plot);
  plot.tree = plot.path("state/staged-deps/") + key;
}

Result<void> prune_closures(const Plot& plot) {
  const auto store = ClosureStore::open(plot.path("state"));
  if (!store) return base::pass(store.error());
  (void)store->find(description());
  if (auto swept = store->sweep(); !swept) return base::pass(swept.error());
  return just(store->prune(0, {}));
}

void as_left_workplace(Plot& plot) {
  state_of_theirs(plot);
  plot.tree = plot.path("state/staged-deps/.staging-abcdef");
}

std::string must_be_gone(const Plot& plot) {
  return is_there(plot.tree) ? "it was done, and the tree is still there" : "";
}

// --- the root that OpenClaw reads

void as_stage_root(Plot& plot) {
  state_of_theirs(plot);
  make_folder(plot.path("state/plugin-runtime-deps"), plot.owner);
  plot.tree = plot.path("state/plugin-runtime-deps/") + root_name;
}

Result<void> repair_root(const Plot& plot) {
  const auto release = package(plot);
  if (!release) return base::pass(release.error());
  const auto& era = openclaw::era_of(release->version);
  const auto found = stage::find_leftovers(plot.tree, era, *release);
  if (!found) return base::pass(found.error());
  for (const auto& [name, verdict] : found->locks) {
    if (auto done = stage::reclaim_lock(plot.tree, name); !done) return base::pass(done.error());
  }
  for (const std::string& name : found->half_finished) {
    if (auto done = stage::remove_half_finished(plot.tree, name); !done) return done;
  }
  return stage::replace_links(plot.tree, found->links);
}

void as_stage_root_with(Plot& plot, const char* entry) {
  as_stage_root(plot);
  plot.entry = entry;
}

void as_former_modules(Plot& plot) {
  state_of_theirs(plot);
  make_folders(plot.path("state/plugin-runtime-deps/") + root_name, plot.owner);
  const std::string closure = plot.path("state/staged-deps/") + key;
  make_folders(closure + "/node_modules/dep", plot.owner);
  make_file(closure + "/node_modules/dep/package.json", R"({"name":"dep","version":"1.0.0"})", plot.owner,
            0444);
  plot.tree = plot.path("state/plugin-runtime-deps/") + root_name + "/node_modules";
}

Result<void> materialise(const Plot& plot) {
  const auto release = package(plot);
  if (!release) return base::pass(release.error());
  const auto store = ClosureStore::open(plot.path("state"));
  if (!store) return base::pass(store.error());
  stage::Target target;
  target.delivery = openclaw::Delivery::external_root;
  target.base = plot.path("state/plugin-runtime-deps");
  target.name = root_name;
  return stage::materialise(target, *store, key, *release);
}

std::string must_have_dependency(const Plot& plot) {
  return is_there(plot.in_tree("dep/package.json")) ? "" : "it was done, and the dependency is not there";
}

// --- other copies

void as_npm(Plot& plot) {
  state_of_theirs(plot);
  plot.tree = plot.path("state/npm");
}

Result<void> keep_and_restore(const Plot& plot) {
  const auto state = fs::open_directory(plot.path("state"));
  const auto store = fs::open_directory(plot.path("state/staged-deps"));
  if (!state || !store) return base::fail(base::ErrorKind::system, "no state");
  const stage::FormerTree former(state->get(), store->get());
  if (auto kept = former.keep(); !kept) return kept;
  if (auto restored = former.restore(); !restored) return restored;
  return just(former.recover());
}

void as_unowned_state(Plot& plot) {
  make_folder(plot.path("home"), other_user);
  plot.owner = other_user;
  plot.tree = plot.path("home/.openclaw");
}

// A volume of another user's that this one may write to.
void open_to_everybody(const Plot& plot) {
  struct stat status = {};
  if (::lstat(plot.tree.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
    (void)!::chmod(plot.tree.c_str(), 0777);
}

Result<void> carry_over(const Plot& plot) {
  openclaw::Locations locations;
  locations.home = plot.path("home");
  const auto version = openclaw::Version::parse("2026.5.12");
  const auto prepared = stage::prepare_owned_root(*version, locations);
  return just(prepared);
}

void as_extensions(Plot& plot) {
  make_folders(plot.path("package/dist"), plot.owner);
  make_folder(plot.path("state"), plot.owner);
  make_file(plot.path("package/package.json"), R"({"name":"openclaw","version":"2026.4.15"})", plot.owner);
  make_file(plot.path("package/dist/index.js"), "\n", plot.owner);
  plot.tree = plot.path("package/dist/extensions");
}

Result<void> make_view(const Plot& plot) {
  const auto release = package(plot);
  if (!release) return base::pass(release.error());
  return stage::make_plugin_view(plot.path("state"), *release);
}

void as_view(Plot& plot) {
  state_of_theirs(plot);
  plot.tree = plot.path("state/plugin-view");
}

// The one that is there is of another package, and is replaced; then the new one is removed.
Result<void> replace_view(const Plot& plot) {
  const auto release = package(plot);
  if (!release) return base::pass(release.error());
  if (auto made = stage::make_plugin_view(plot.path("state"), *release); !made) return made;
  return stage::remove_plugin_view(plot.path("state"));
}

// --- node_modules

void as_modules(Plot& plot) {
  make_folder(plot.path("work"), plot.owner);
  plot.tree = plot.path("work/node_modules");
}

Result<void> look_through_modules(const Plot& plot) {
  const auto work = fs::open_directory(plot.path("work"));
  if (!work) return base::pass(work.error());
  const auto modules = fs::open_directory_beneath(work->get(), "node_modules");
  if (!modules) return base::pass(modules.error());
  std::map<std::string, std::string> packages;
  return just(openclaw::verify_tree(modules->get(), {{"dep", "^1"}, {"entry", "^1"}}, packages));
}

Result<void> tidy_modules(const Plot& plot) {
  const auto work = fs::open_directory(plot.path("work"));
  if (!work) return base::pass(work.error());
  return npm::remove_droppings(work->get());
}

}  // namespace

std::vector<Operation> operations_of_staging() {
  const auto half = [](Plot& plot) { as_stage_root_with(plot, ".openclaw-systemd-abcdef"); };
  const auto lock = [](Plot& plot) { as_stage_root_with(plot, ".openclaw-runtime-deps.lock"); };
  const auto bin = [](Plot& plot) {
    as_modules(plot);
    plot.entry = ".bin";
  };
  return {
      {"the sealing of a closure", As::lesser, as_workplace, seal_closure},
      {"the comparison of a closure with its inventory", As::lesser, as_closure, verify_closure},
      {"the removal of old closures", As::lesser, as_closure_itself, prune_closures, {}, must_be_gone},
      {"the removal of a left workplace", As::lesser, as_left_workplace, prune_closures, {}, must_be_gone},
      {"the repair of a stage root", As::lesser, as_stage_root, repair_root},
      {"the repair of a stage root with something half finished", As::lesser, half, repair_root},
      {"the repair of a stage root with a lock", As::lesser, lock, repair_root},
      {"the staging over what is there",
       As::lesser,
       as_former_modules,
       materialise,
       {},
       must_have_dependency},
      {"the keeping and return of npm/", As::lesser, as_npm, keep_and_restore},
      {"the copy of a state that another user owns", As::lesser, as_unowned_state, carry_over,
       open_to_everybody},
      {"the view of a package's plugins", As::lesser, as_extensions, make_view},
      {"the replacement of a view", As::lesser, as_view, replace_view, {}, must_be_gone},
      {"the look through node_modules", As::lesser, as_modules, look_through_modules},
      {"the tidying of node_modules", As::lesser, as_modules, tidy_modules},
      {"the tidying of links to programs", As::lesser, bin, tidy_modules},
  };
}

}  // namespace trees
