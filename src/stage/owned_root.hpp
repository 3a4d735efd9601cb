// SPDX-License-Identifier: MIT
// A state root that the gateway's user owns (#83619).
//
// On Kubernetes (fsGroup, mode 2775) and on fixed mounts, the state folder is writable but belongs to another
// user, so chmod fails with EPERM, and 2026.5.12-6.11 fail because of this in every exec. Such a version gets
// OPENCLAW_HOME = a folder inside the state folder that its user owns; existing state is copied to it once,
// and the original is not changed. From then on every version gets that root, because its state is the newer
// one.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "openclaw/locations.hpp"
#include "openclaw/version.hpp"

namespace stage {

struct OwnedRoot {
  std::string home;           // for OPENCLAW_HOME
  bool carried_over = false;  // state was copied in this run
  // The state could not be copied. There is no root then, `home` is empty, and the old state is the only one.
  std::optional<base::Error> not_carried;
};

// nullopt: not needed (the version does not need it, the folder belongs to the user, or it is not writable at
// all, which another root does not change). After an error it is not known where the newer state is: a
// gateway that is started would take the older one.
[[nodiscard]] base::Result<std::optional<OwnedRoot>> prepare_owned_root(const openclaw::Version& version,
                                                                        const openclaw::Locations& locations);

// The same question without any change, for the hook and --check.
[[nodiscard]] base::Result<bool> needs_owned_root(const openclaw::Version& version,
                                                  const openclaw::Locations& locations);

}  // namespace stage
