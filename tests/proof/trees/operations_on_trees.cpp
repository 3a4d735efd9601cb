// SPDX-License-Identifier: MIT
// src/fs and src/lock.
#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>

#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/outward_links.hpp"
#include "fs/tree.hpp"
#include "lock/kernel_lock.hpp"
#include "lock/owner_lock.hpp"
#include "trees/operations.hpp"

namespace trees {
namespace {

using base::Result;
using base::UniqueFd;

// In a folder of the tree's owner.
void among_theirs(Plot& plot) {
  make_folder(plot.path("ground"), plot.owner);
  make_folder(plot.path("target"), plot.owner);
  plot.tree = plot.path("ground/tree");
}

void among_roots(Plot& plot) {
  make_folder(plot.path("ground"), 0);
  make_folder(plot.path("target"), 0);
  plot.tree = plot.path("ground/tree");
}

Result<UniqueFd> ground(const Plot& plot) {
  return fs::open_directory(plot.path("ground"));
}

Result<UniqueFd> tree(const Plot& plot) {
  const auto above = ground(plot);
  if (!above) return base::pass(above.error());
  return fs::open_directory_beneath(above->get(), "tree");
}

Result<void> remove(const Plot& plot) {
  const auto above = ground(plot);
  if (!above) return base::pass(above.error());
  return fs::remove_tree(above->get(), "tree");
}

std::string must_be_gone(const Plot& plot) {
  return is_there(plot.tree) ? "it was done, and the tree is still there" : "";
}

Result<void> clone(const Plot& plot, const fs::CloneOptions& options) {
  const auto from = tree(plot);
  if (!from) return base::pass(from.error());
  const auto to = fs::open_directory(plot.path("target"));
  if (!to) return base::pass(to.error());
  return just(fs::clone_tree(from->get(), to->get(), options));
}

Result<void> clone_sharing(const Plot& plot, fs::Sharing sharing) {
  fs::CloneOptions options;
  options.sharing = sharing;
  return clone(plot, options);
}

Result<void> take_inventory(const Plot& plot) {
  const auto opened = tree(plot);
  if (!opened) return base::pass(opened.error());
  return just(fs::take_inventory(opened->get()));
}

Result<void> seal(const Plot& plot) {
  const auto opened = tree(plot);
  if (!opened) return base::pass(opened.error());
  return fs::seal_tree(opened->get());
}

Result<void> replace_links(const Plot& plot) {
  const auto opened = tree(plot);
  if (!opened) return base::pass(opened.error());
  const auto links = fs::find_outward_links(opened->get(), plot.tree);
  if (!links) return base::pass(links.error());
  return fs::replace_outward_links(opened->get(), *links);
}

Result<void> publish(const Plot& plot) {
  const auto above = ground(plot);
  if (!above) return base::pass(above.error());
  const auto staged = fs::make_directories_beneath(above->get(), "staged");
  if (!staged) return base::pass(staged.error());
  if (auto done = fs::write_file_durably(staged->get(), "new", "new\n"); !done) return done;
  return fs::publish(above->get(), "staged", "tree");
}

std::string must_be_new(const Plot& plot) {
  return is_there(plot.in_tree("new")) ? "" : "it was done, and the new tree is not there";
}

// Something with each entry at the top of the tree; the first failure counts, the others are tried.
Result<void> with_each(const Plot& plot, Result<void> (*what)(int tree_fd, const std::string& name)) {
  const auto opened = tree(plot);
  if (!opened) return base::pass(opened.error());
  const auto entries = fs::list_directory(opened->get());
  if (!entries) return base::pass(entries.error());
  Result<void> all;
  std::size_t tried = 0;
  for (const auto& entry : *entries) {
    if (++tried > 300) break;
    if (auto done = what(opened->get(), entry.name); !done && all) all = std::move(done);
  }
  return all;
}

Result<void> read_each(const Plot& plot) {
  return with_each(plot,
                   [](int tree_fd, const std::string& name) { return just(fs::read_file(tree_fd, name)); });
}

Result<void> write_each(const Plot& plot) {
  return with_each(plot, [](int tree_fd, const std::string& name) -> Result<void> {
    const auto folder = fs::make_directories_durably(tree_fd, name + "/made/by/us");
    if (folder) return {};
    return fs::write_file_durably(tree_fd, name, "written\n", 0640);
  });
}

Result<void> change_mode_of_each(const Plot& plot) {
  return with_each(plot, [](int tree_fd, const std::string& name) {
    return just(fs::change_mode_tolerantly(tree_fd, name, 0700));
  });
}

void lock_among_theirs(Plot& plot) {
  among_theirs(plot);
  plot.tree = plot.path("ground/.openclaw-runtime-deps.lock");
}

void add_owner_of_lock(const Plot& plot) {
  // A process number that Linux does not give.
  add_file(plot, "owner.json", R"({"pid":4194999,"createdAtMs":1,"createdAt":1})");
}

Result<void> reclaim(const Plot& plot) {
  const auto above = ground(plot);
  if (!above) return base::pass(above.error());
  return just(lock::reclaim(above->get(), ".openclaw-runtime-deps.lock"));
}

Result<void> lock_entry(const Plot& plot) {
  const auto opened = tree(plot);
  if (!opened) return base::pass(opened.error());
  return just(lock::KernelLock::acquire(opened->get(), plot.entry, std::chrono::milliseconds(0)));
}

}  // namespace

std::vector<Operation> operations_on_trees() {
  const auto by_link = [](const Plot& plot) { return clone_sharing(plot, fs::Sharing::link); };
  const auto by_content = [](const Plot& plot) { return clone_sharing(plot, fs::Sharing::reflink); };
  return {
      {"removal", As::lesser, among_theirs, remove, {}, must_be_gone},
      {"removal by root", As::root, among_roots, remove, {}, must_be_gone},
      {"removal by root without capabilities", As::updater, among_roots, remove, {}, must_be_gone},
      {"a copy that shares files", As::lesser, among_theirs, by_link},
      {"a copy of its own", As::lesser, among_theirs, by_content},
      {"an inventory", As::lesser, among_theirs, take_inventory},
      {"sealing", As::lesser, among_theirs, seal},
      {"the replacement of links that lead out", As::lesser, among_theirs, replace_links},
      {"publication in its place", As::lesser, among_theirs, publish, {}, must_be_new},
      // A second name of a secret can only be made without fs.protected_hardlinks. Then it is read, by root;
      // but what counts as a result or a request is JSON of a certain form only.
      {"reading its files by root", As::updater, among_roots, read_each, {}, {}, true},
      {"writing to its entries", As::lesser, among_theirs, write_each},
      {"setting the mode of its entries", As::lesser, among_theirs, change_mode_of_each},
      {"the reclaiming of a lock", As::lesser, lock_among_theirs, reclaim, add_owner_of_lock},
      {"a kernel lock", As::lesser, among_theirs, lock_entry},
  };
}

}  // namespace trees
