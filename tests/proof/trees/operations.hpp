// SPDX-License-Identifier: MIT
// Every operation of the suite that walks what a less trusted user can write: one row each.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "trees/confined.hpp"
#include "trees/plot.hpp"

namespace trees {

struct Operation {
  std::string name;  // "the sealing of a release"
  As as = As::lesser;
  // As root, before the tree is made: what is around it, and where it comes (plot.tree, plot.entry).
  std::function<void(Plot&)> place;
  // As `as`: what the product does.
  std::function<base::Result<void>(const Plot&)> run;
  // As root, after the tree was made: what the operation looks for in it. Only what is missing is added.
  std::function<void(const Plot&)> dress = {};
  // As root, after it was done: what must be so then; else what is wrong.
  std::function<std::string(const Plot&)> after = {};
  // What it does with files of other users that have a second name in the tree is to read them: they are in a
  // folder that only root could write to.
  bool reads_aliases = false;
  // It reads what its user may read anyway, wherever links lead: the operator may have put them there.
  bool follows_links = false;
};

[[nodiscard]] const std::vector<Operation>& all_operations();

[[nodiscard]] std::vector<Operation> operations_on_trees();     // src/fs, src/lock
[[nodiscard]] std::vector<Operation> operations_on_releases();  // src/release, src/update
[[nodiscard]] std::vector<Operation> operations_of_staging();   // src/stage, src/npm, src/openclaw
[[nodiscard]] std::vector<Operation> operations_on_state();     // src/workers/state, guard, user_unit
[[nodiscard]] std::vector<Operation> operations_on_archives();  // of snapshots, releases, packages

// Adds a file to the tree where it is a folder that has no such entry.
void add_file(const Plot& plot, const std::string& relative, std::string_view content);
// Whether there is something, as a person would see who looks; no link is followed.
[[nodiscard]] bool is_there(const std::string& path);
// For the result of anything.
template <class T>
base::Result<void> just(const base::Result<T>& result) {
  if (!result) return base::pass(result.error());
  return {};
}

}  // namespace trees
