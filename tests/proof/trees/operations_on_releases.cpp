// SPDX-License-Identifier: MIT
// src/release, and what src/update does as root with trees of others: a fetched package is sealed, an
// installation adopted, a copied home given back.
#include <fcntl.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/list.hpp"
#include "release/gathering.hpp"
#include "release/store.hpp"
#include "trees/operations.hpp"
#include "update/adoption/home_copy.hpp"
#include "update/adoption/surroundings.hpp"
#include "update/support/fake_accounts.hpp"

namespace trees {
namespace {

using base::Result;
using release::Store;

// As the fetch worker's state directory has it, beside the updater's.
void as_fetched(Plot& plot) {
  make_folder(plot.path("updater"), 0);
  make_folder(plot.path("fetch"), plot.owner);
  plot.tree = plot.path("fetch/package");
}

release::Description description() {
  release::Description description;
  description.version = "2026.9.6";
  description.made_at = "2026-11-21T10:15:00Z";
  return description;
}

Result<void> verified(const Store& store, const Result<release::Release>& release) {
  if (!release) return base::pass(release.error());
  return store.verify(release->name);
}

Result<void> seal_fetched(const Plot& plot) {
  const auto store = Store::open(plot.path("updater"));
  if (!store) return base::pass(store.error());
  const auto folder = fs::open_directory(plot.path("fetch"));
  if (!folder) return base::pass(folder.error());
  const auto package = fs::open_directory_beneath(folder->get(), "package");
  if (!package) return base::pass(package.error(), "the fetched package");
  return verified(*store, store->seal(package->get(), description(), {}));
}

// A folder of root's, or what nobody else may read, is in no release.
std::string nothing_is_left_of_drafts(const Plot& plot) {
  const int folder = ::open(plot.path("updater/releases").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return "";
  const auto entries = fs::list_directory(folder);
  ::close(folder);
  for (const auto& entry : *entries) {
    if (entry.name.starts_with('.')) return "the draft " + entry.name + " is left";
  }
  return "";
}

// pnpm and bun put dependencies beside the package: the tree is one of them.
void as_dependency(Plot& plot) {
  make_folder(plot.path("updater"), 0);
  make_folders(plot.path("app/node_modules/openclaw"), plot.owner);
  make_file(plot.path("app/node_modules/openclaw/package.json"),
            R"({"name":"openclaw","version":"2026.9.6","dependencies":{"dep":"1"}})", plot.owner);
  plot.tree = plot.path("app/node_modules/dep");
}

void as_package(Plot& plot) {
  make_folder(plot.path("updater"), 0);
  make_folders(plot.path("app/node_modules/dep"), plot.owner);
  make_file(plot.path("app/node_modules/dep/package.json"), R"({"name":"dep","version":"1.0.0"})",
            plot.owner);
  plot.tree = plot.path("app/node_modules/openclaw");
}

void add_manifest(const Plot& plot) {
  add_file(plot, "package.json", R"({"name":"dep","version":"1.0.0","dependencies":{"dep":"1"}})");
}

Result<void> adopt_scattered(const Plot& plot) {
  const auto above = fs::open_directory(plot.path("app/node_modules"));
  if (!above) return base::pass(above.error());
  const auto package = fs::open_directory_beneath(above->get(), "openclaw");
  if (!package) return base::pass(package.error());
  const auto parts = release::gather_package(plot.path("app/node_modules/openclaw"), package->get());
  if (!parts) return base::pass(parts.error());
  const auto store = Store::open(plot.path("updater"));
  if (!store) return base::pass(store.error());
  (void)update::size_of_package(-1, *parts);
  return verified(*store, store->seal(*parts, description(), {}));
}

Result<void> measure_package(const Plot& plot) {
  const auto above = fs::open_directory(plot.path("app/node_modules"));
  if (!above) return base::pass(above.error());
  const auto package = fs::open_directory_beneath(above->get(), "openclaw");
  if (!package) return base::pass(package.error());
  (void)update::size_of_package(package->get(), {});
  return {};
}

// What a killed process has left of a release that was being removed.
void as_draft(Plot& plot) {
  make_folders(plot.path("updater/releases"), 0);
  plot.tree = plot.path("updater/releases/.removed-abcdef");
}

Result<void> sweep_and_prune(const Plot& plot) {
  const auto store = Store::open(plot.path("updater"));
  if (!store) return base::pass(store.error());
  if (auto swept = store->sweep(); !swept) return base::pass(swept.error());
  return just(store->prune(0, {}));
}

std::string must_be_swept(const Plot& plot) {
  return is_there(plot.tree) ? "it was done, and the draft is still there" : "";
}

// --- adopt --to-user, and its reversal

update::MovedHome moved_home(const Plot& plot, bool served) {
  return {.user = "gateway",
          .home = plot.path("home"),
          .place = plot.path("homes/gateway"),
          .items = {"state"},
          .makes_account = false,
          .served = served};
}

update_tests::FakeAccounts accounts(const Plot& plot) {
  update_tests::FakeAccounts known;
  known.known["gateway"] = {"gateway", lesser_user, lesser_user, plot.path("homes/gateway")};
  return known;
}

void as_home(Plot& plot) {
  make_folder(plot.path("home"), 0);
  make_folder(plot.path("homes"), 0);
  plot.tree = plot.path("home/state");
}

Result<void> copy_home(const Plot& plot) {
  auto known = accounts(plot);
  if (auto room = update::require_room_for_copy(moved_home(plot, false)); !room) return room;
  return update::copy_home(moved_home(plot, false), known, {});
}

void as_copied_home(Plot& plot) {
  make_folder(plot.path("homes"), 0);
  plot.tree = plot.path("homes/gateway");
}

Result<void> remove_copied_home(const Plot& plot) {
  auto known = accounts(plot);
  return just(update::give_home_back(moved_home(plot, false), known, {}));
}

Result<void> keep_copied_home(const Plot& plot) {
  auto known = accounts(plot);
  return just(update::give_home_back(moved_home(plot, true), known, {}));
}

std::string must_be_gone(const Plot& plot) {
  return is_there(plot.tree) ? "it was done, and the copy is still there" : "";
}

}  // namespace

std::vector<Operation> operations_on_releases() {
  return {
      {"the sealing of a fetched release",
       As::updater,
       as_fetched,
       seal_fetched,
       {},
       nothing_is_left_of_drafts},
      {"the sealing of an adopted release",
       As::root,
       as_fetched,
       seal_fetched,
       {},
       nothing_is_left_of_drafts},
      {"the gathering of a package with its dependencies", As::root, as_dependency, adopt_scattered,
       add_manifest, nothing_is_left_of_drafts},
      {"the gathering of a package", As::root, as_package, adopt_scattered, add_manifest,
       nothing_is_left_of_drafts},
      {"the measuring of a package", As::root, as_package, measure_package},
      {"the removal of old releases", As::updater, as_draft, sweep_and_prune, {}, must_be_swept},
      {"the copy of a home", As::root, as_home, copy_home, {}, {}, true},
      {"the removal of a copied home", As::root, as_copied_home, remove_copied_home, {}, must_be_gone},
      {"the keeping of a copied home", As::root, as_copied_home, keep_copied_home, {}, must_be_gone},
  };
}

}  // namespace trees
