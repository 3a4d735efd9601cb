// SPDX-License-Identifier: MIT
// Leftovers of earlier runs in a staged root: locks of dead processes, links that lead out, half-finished
// folders.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "fs/outward_links.hpp"
#include "lock/owner_lock.hpp"
#include "openclaw/era.hpp"
#include "openclaw/package.hpp"

namespace stage {

struct Leftovers {
  std::string root;
  std::vector<std::pair<std::string, lock::LockVerdict>> locks;  // by name; only those that exist
  // By name. Empty while a lock is held, because its owner may be working on what looks half-finished.
  std::vector<std::string> half_finished;
  std::vector<fs::OutwardLink> links;
};

// Changes nothing. A root that does not exist has no leftovers.
[[nodiscard]] base::Result<Leftovers> find_leftovers(const std::string& root, const openclaw::Era& era,
                                                     const openclaw::Package& package);

// The half-finished folders alone, for a root where OpenClaw itself does nothing.
[[nodiscard]] base::Result<Leftovers> find_half_finished_in(const std::string& root);

// These touch nothing outside of `root`. The result is the verdict at the time of the removal.
[[nodiscard]] base::Result<lock::LockVerdict> reclaim_lock(const std::string& root, const std::string& name);
[[nodiscard]] base::Result<void> remove_half_finished(const std::string& root, const std::string& name);
[[nodiscard]] base::Result<void> replace_links(const std::string& root,
                                               const std::vector<fs::OutwardLink>& links);

}  // namespace stage
