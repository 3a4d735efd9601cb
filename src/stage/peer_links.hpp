// SPDX-License-Identifier: MIT
// What is wrong with a plugin's link to the core (2026.5.2 and later), in words: for who mends it, and for
// who only tells of it.
#pragma once

#include <string>
#include <vector>

#include "openclaw/installed_plugins.hpp"

namespace stage {

// Empty: nothing is, or nothing that can be mended.
struct PeerLinkFault {
  std::string now;   // of the link: "leads to /x, which is gone", "is missing"
  std::string then;  // "led to /x, which is gone", once it is mended

  [[nodiscard]] bool is_one() const { return !now.empty(); }
};
[[nodiscard]] PeerLinkFault fault_of_link(const openclaw::InstalledPlugin& plugin);

}  // namespace stage
