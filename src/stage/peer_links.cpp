// SPDX-License-Identifier: MIT
#include "stage/peer_links.hpp"

#include <string_view>

#include "base/text.hpp"

namespace stage {
namespace {

PeerLinkFault leads_to(std::string_view what) {
  return {base::concat({"points to ", what}), base::concat({"pointed to ", what})};
}

}  // namespace

PeerLinkFault fault_of_link(const openclaw::InstalledPlugin& plugin) {
  constexpr std::size_t longest_target = 512;
  switch (plugin.peer_link) {
    case openclaw::PeerLink::absent:
      return {"is missing", "the plugin had no link to OpenClaw"};
    case openclaw::PeerLink::dangling:
      return leads_to(base::printable(plugin.peer_target, longest_target) + ", which does not exist");
    case openclaw::PeerLink::other_core:
      return leads_to("another OpenClaw, " + base::printable(plugin.peer_target, longest_target));
    default:
      return {};
  }
}

}  // namespace stage
