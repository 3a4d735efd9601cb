// SPDX-License-Identifier: MIT
#include "stage/leftovers.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>

#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/list.hpp"
#include "fs/tree.hpp"

namespace stage {
namespace {

using base::Result;
using lock::LockVerdict;

struct LockName {
  const char* name;
  bool openclaw::Leftovers::*taken;
};
constexpr LockName lock_names[] = {
    {".openclaw-runtime-deps.lock", &openclaw::Leftovers::dependency_lock},
    {".openclaw-runtime-mirror.lock", &openclaw::Leftovers::mirror_lock},
};

// Name prefixes of folders that interrupted processes leave in a root, of this suite and of OpenClaw.
constexpr std::array<std::string_view, 4> half_finished_prefixes = {
    ".openclaw-systemd-",
    ".openclaw-runtime-deps-copy-",
    ".openclaw-write-probe-",
    ".openclaw-install-stage",
};

// Returns no descriptor if there is no root. The root must be a real folder: if it were a link, repairs would
// happen somewhere else.
Result<base::UniqueFd> open_root(const std::string& root) {
  struct stat status {};
  if (::lstat(root.c_str(), &status) != 0) {
    if (errno == ENOENT) return base::UniqueFd();
    return base::fail_errno(errno, "looking at " + root);
  }
  const auto slash = root.rfind('/');
  const auto base_fd = fs::open_directory(root.substr(0, slash));
  if (!base_fd) return base::pass(base_fd.error());
  auto root_fd = fs::open_directory_beneath(base_fd->get(), root.substr(slash + 1));
  if (root_fd) return root_fd;
  if (!fs::is_absent(root_fd.error())) return base::pass(root_fd.error(), "looking at " + root);
  return base::pass(root_fd.error(),
                    root + " is not a real folder; move it away, and it will be staged again");
}

Result<void> find_locks(int root_fd, const openclaw::Era& era, Leftovers& found) {
  for (const auto& [name, taken] : lock_names) {
    // A lock that this era does not use is harmless here, but another version that shares the root would wait
    // for it.
    if (!(era.leftovers.*taken) && !fs::may_exist_beneath(root_fd, name)) continue;
    auto verdict = lock::examine(root_fd, name);
    if (!verdict) return base::pass(verdict.error());
    if (verdict->state != LockVerdict::State::absent) found.locks.emplace_back(name, std::move(*verdict));
  }
  return {};
}

// A lock that a run which was killed had moved aside: its owner is gone, or its removal has begun.
bool is_reclaimed_lock(int root_fd, const std::string& name) {
  for (const LockName& lock : lock_names) {
    if (!name.starts_with(lock::aside_prefix(lock.name))) continue;
    const auto verdict = lock::examine(root_fd, name);
    return (verdict && verdict->state == LockVerdict::State::gone) ||
           !fs::may_exist_beneath(root_fd, name + "/owner.json");
  }
  return false;
}

Result<void> find_half_finished(int root_fd, Leftovers& found) {
  const auto entries = fs::list_directory(root_fd);
  if (!entries) return base::pass(entries.error());
  for (const auto& entry : *entries) {
    const bool half = std::any_of(half_finished_prefixes.begin(), half_finished_prefixes.end(),
                                  [&](std::string_view prefix) { return entry.name.starts_with(prefix); });
    if (half || is_reclaimed_lock(root_fd, entry.name)) found.half_finished.push_back(entry.name);
  }
  return {};
}

// Deep inside node_modules, no link can lead out, because closures contain no links. OpenClaw itself creates
// links only for whole packages, at the top and in scopes (layered stage directories, 4.26).
bool below_packages(std::string_view path) {
  constexpr std::string_view modules = "node_modules/";
  if (!path.starts_with(modules)) return false;
  return path[modules.size()] != '@' || path.find('/', modules.size()) != std::string_view::npos;
}

Result<void> find_links(int root_fd, const openclaw::Era& era, const openclaw::Package& package,
                        Leftovers& found) {
  auto outward = fs::find_outward_links(root_fd, found.root, below_packages);
  if (!outward) return base::pass(outward.error());
  // 4.22-4.26 mirror dist by links into the running package: these are no damage.
  std::erase_if(*outward, [&](const fs::OutwardLink& link) {
    return era.leftovers.mirror_links_expected && !link.dangling &&
           link.target.starts_with(package.root + "/");
  });
  // What is removed with all it contains needs no repair, which would not find it any more.
  std::erase_if(*outward, [&](const fs::OutwardLink& link) {
    const std::string top = link.path.substr(0, link.path.find('/'));
    return std::find(found.half_finished.begin(), found.half_finished.end(), top) !=
           found.half_finished.end();
  });
  found.links = std::move(*outward);
  return {};
}

Result<void> find_all(int root_fd, const openclaw::Era& era, const openclaw::Package& package,
                      Leftovers& found) {
  if (const auto done = find_locks(root_fd, era, found); !done) return done;
  const bool somebody_is_at_work = std::any_of(found.locks.begin(), found.locks.end(), [](const auto& each) {
    return each.second.state == LockVerdict::State::held;
  });
  if (!somebody_is_at_work) {
    if (const auto done = find_half_finished(root_fd, found); !done) return done;
  }
  return find_links(root_fd, era, package, found);
}

std::string repairing(const std::string& root) {
  return "repairing " + root;
}

}  // namespace

Result<Leftovers> find_leftovers(const std::string& root, const openclaw::Era& era,
                                 const openclaw::Package& package) {
  Leftovers found;
  found.root = root;
  const auto root_fd = open_root(root);
  if (!root_fd) return base::pass(root_fd.error());
  if (!*root_fd) return found;
  if (const auto done = find_all(root_fd->get(), era, package, found); !done) {
    return base::pass(done.error(), repairing(root));
  }
  return found;
}

Result<Leftovers> find_half_finished_in(const std::string& root) {
  Leftovers found;
  found.root = root;
  const auto root_fd = open_root(root);
  if (!root_fd) return base::pass(root_fd.error());
  if (!*root_fd) return found;
  if (const auto done = find_half_finished(root_fd->get(), found); !done) {
    return base::pass(done.error(), repairing(root));
  }
  return found;
}

Result<LockVerdict> reclaim_lock(const std::string& root, const std::string& name) {
  const auto root_fd = open_root(root);
  if (!root_fd) return base::pass(root_fd.error());
  if (!*root_fd) return LockVerdict{};
  auto verdict = lock::reclaim(root_fd->get(), name);
  if (!verdict) return base::pass(verdict.error(), repairing(root));
  return verdict;
}

Result<void> remove_half_finished(const std::string& root, const std::string& name) {
  const auto root_fd = open_root(root);
  if (!root_fd) return base::pass(root_fd.error());
  if (!*root_fd) return {};
  const auto removed = fs::remove_tree(root_fd->get(), name);
  return removed ? removed : base::pass(removed.error(), repairing(root));
}

Result<void> replace_links(const std::string& root, const std::vector<fs::OutwardLink>& links) {
  const auto root_fd = open_root(root);
  if (!root_fd) return base::pass(root_fd.error());
  if (!*root_fd) return {};
  const auto replaced = fs::replace_outward_links(root_fd->get(), links);
  return replaced ? replaced : base::pass(replaced.error(), repairing(root));
}

}  // namespace stage
