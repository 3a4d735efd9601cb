// SPDX-License-Identifier: MIT
// What is removed: drafts of ended processes, and releases that no gateway needs.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/sync.hpp"
#include "fs/tree.hpp"
#include "release/manifest.hpp"
#include "release/names.hpp"
#include "release/store.hpp"

namespace release {
namespace {

using base::Result;

bool is_pointer_draft(const std::string& name) {
  return name.starts_with(".current.") || name.starts_with(".previous.");
}

// A kill came between manifest and rename, or between the two steps of a removal.
bool is_orphan_manifest(int releases_fd, const std::string& name) {
  if (!name.ends_with(names::manifest_suffix)) return false;
  return !fs::may_exist_beneath(releases_fd, name.substr(0, name.size() - names::manifest_suffix.size()));
}

template <class Doomed>
Result<void> remove_where(int directory_fd, std::vector<std::string>& removed, Doomed doomed) {
  const auto entries = fs::list_directory(directory_fd);
  if (!entries) return base::pass(entries.error());
  for (const auto& entry : *entries) {
    if (!doomed(entry.name)) continue;
    if (auto done = fs::remove_tree(directory_fd, entry.name); !done) return done;
    removed.push_back(entry.name);
  }
  return {};
}

// First out of sight in one rename: half a release must not be listed, whenever we are killed.
Result<void> remove_release(int releases_fd, const std::string& name) {
  const std::string aside = fs::temporary_name(names::removed_prefix);
  if (::renameat(releases_fd, name.c_str(), releases_fd, aside.c_str()) != 0) {
    return fs::fail_at(errno, "set aside", name);
  }
  if (auto done = fs::sync_directory(releases_fd); !done) return done;
  if (::unlinkat(releases_fd, manifest_file(name).c_str(), 0) != 0 && errno != ENOENT) {
    return fs::fail_at(errno, "remove", manifest_file(name));
  }
  return fs::remove_tree(releases_fd, aside);
}

}  // namespace

Result<std::vector<std::string>> Store::sweep() const {
  std::vector<std::string> removed;
  const auto swept = alone([&] {
    return remove_where(releases_.get(), removed, [&](const std::string& name) {
      return name.starts_with('.') || is_orphan_manifest(releases_.get(), name);
    });
  });
  if (!swept) return base::pass(swept.error());
  if (auto done = remove_where(directory_.get(), removed, is_pointer_draft); !done)
    return base::pass(std::move(done.error()));
  return removed;
}

Result<std::vector<std::string>> Store::prune(unsigned keep, const std::vector<std::string>& in_use) const {
  std::set<std::string> needed(in_use.begin(), in_use.end());
  for (const Pointer pointer : {Pointer::current, Pointer::previous}) {
    auto name = target(pointer);
    if (!name) return base::pass(std::move(name.error()), "nothing is pruned");
    if (*name) needed.insert(**name);
  }
  std::vector<std::string> removed;
  const auto pruned = alone([&]() -> Result<void> {
    const auto all = list();
    if (!all) return base::pass(all.error());
    std::size_t left = all->size();
    for (const Release& release : *all) {
      if (left <= keep) break;
      if (needed.contains(release.name)) continue;
      if (auto done = remove_release(releases_.get(), release.name); !done) return done;
      removed.push_back(release.name);
      --left;
    }
    return {};
  });
  if (!pruned) return base::pass(pruned.error());
  if (*pruned) return removed;
  return base::fail(base::ErrorKind::busy,
                    "the update of another gateway uses the releases; try again when it has ended");
}

}  // namespace release
