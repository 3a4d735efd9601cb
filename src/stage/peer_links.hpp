// SPDX-License-Identifier: MIT
// Texts about a broken link of a plugin to the core (2026.5.2 and later), for the code that repairs it and
// for the code that only reports it.
#pragma once

#include <string>
#include <vector>

#include "openclaw/installed_plugins.hpp"

namespace stage {

// Empty: the link is right, or cannot be repaired.
struct PeerLinkFault {
  std::string now;   // in the present: "leads to /x, which is gone", "is missing"
  std::string then;  // after the repair: "led to /x, which is gone"

  [[nodiscard]] bool is_one() const { return !now.empty(); }
};
[[nodiscard]] PeerLinkFault fault_of_link(const openclaw::InstalledPlugin& plugin);

}  // namespace stage
