// SPDX-License-Identifier: MIT
// A state root that the gateway owns (#83619).
//
// On Kubernetes (fsGroup, mode 2775) and on fixed mounts the state folder is writable but belongs to somebody
// else, so chmod fails with EPERM, and 2026.5.12-6.11 die of that in every exec. Such a version is given
// OPENCLAW_HOME = a folder inside the state folder that it does own; what is there already is carried over
// once, by copy: the original stays as it is. From then on every version gets that root, since the state in
// it is the newer one.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "openclaw/locations.hpp"
#include "openclaw/version.hpp"

namespace stage {

struct OwnedRoot {
  std::string home;           // to be OPENCLAW_HOME
  bool carried_over = false;  // state was copied in this run
};

// nullopt: not needed (the version copes, the folder is ours, or it is not writable at all, which no root
// cures).
[[nodiscard]] base::Result<std::optional<OwnedRoot>> prepare_owned_root(const openclaw::Version& version,
                                                                        const openclaw::Locations& locations);

// The same question without touching anything, for the hook and --check.
[[nodiscard]] bool needs_owned_root(const openclaw::Version& version, const openclaw::Locations& locations);

}  // namespace stage
