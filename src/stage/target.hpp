// SPDX-License-Identifier: MIT
// The place of a closure for a version of OpenClaw, and how the closure gets there.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "openclaw/era.hpp"
#include "openclaw/locations.hpp"
#include "openclaw/package.hpp"
#include "stage/closure_store.hpp"

namespace stage {

struct Target {
  openclaw::Delivery delivery = openclaw::Delivery::none;
  std::string base;  // folder that contains the root; created if absent
  std::string name;  // of the root in it
  // 4.22-4.25 look a second time from inside their own mirror, and compute another root there (#71599): the
  // closure must be in that root as well, otherwise they install everything again.
  std::vector<std::string> twin_names;

  [[nodiscard]] std::string path() const { return base + "/" + name; }
  // The folder, relative to the root, that contains node_modules.
  [[nodiscard]] std::string modules_parent() const;
};

[[nodiscard]] Target target_for(const openclaw::Package& package, const openclaw::Era& era,
                                const openclaw::Locations& locations);

// The node_modules that OpenClaw would find now; an empty descriptor if there is none.
[[nodiscard]] base::Result<base::UniqueFd> open_target_modules(const Target& target);

// Puts `closure` into its place: a private clone beside it, then one rename. Nothing is missing at any
// moment.
[[nodiscard]] base::Result<void> materialise(const Target& target, const ClosureStore& store,
                                             const std::string& closure, const openclaw::Package& package);

// The folders whose stamps show whether OpenClaw or another process has changed what was materialised.
[[nodiscard]] std::vector<std::string> watched_paths(const Target& target,
                                                     const openclaw::Dependencies& closure);

}  // namespace stage
