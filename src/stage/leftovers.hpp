// SPDX-License-Identifier: MIT
// Leftovers of earlier runs in a staged root: locks of the dead, links that lead out, half-finished folders.
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
  std::vector<std::pair<std::string, lock::LockVerdict>> locks;  // by name; what is absent is not here
  // By name. None while a lock is held: what looks half-finished may be its owner's work.
  std::vector<std::string> half_finished;
  std::vector<fs::OutwardLink> links;
};

// Changes nothing. A root that does not exist yet has no leftovers.
[[nodiscard]] base::Result<Leftovers> find_leftovers(const std::string& root, const openclaw::Era& era,
                                                     const openclaw::Package& package);

// Each touches nothing outside of `root`. The verdict is the one that was acted on.
[[nodiscard]] base::Result<lock::LockVerdict> reclaim_lock(const std::string& root, const std::string& name);
[[nodiscard]] base::Result<void> remove_half_finished(const std::string& root, const std::string& name);
[[nodiscard]] base::Result<void> replace_links(const std::string& root,
                                               const std::vector<fs::OutwardLink>& links);

}  // namespace stage
