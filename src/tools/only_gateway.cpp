// SPDX-License-Identifier: MIT
#include "tools/only_gateway.hpp"

#include <vector>

#include "base/text.hpp"
#include "update/adoption/user_gateways.hpp"

namespace tools {

base::Result<void> require_only_gateway(const UpdateSession& session, const UpdateOptions& options) {
  const bool is_told = !options.to.empty() || !options.channel.empty() || options.force;
  if (is_told || !session.places.name.empty()) return {};
  const auto current = session.releases->target(release::Store::Pointer::current);
  if (!current) return base::pass(current.error());
  const auto others = *current ? std::vector<update::UserGateway>() : update::find_user_gateways();
  if (others.empty()) return {};
  return base::fail(base::ErrorKind::refused,
                    base::concat({"there is no release here yet, and ", shown(others),
                                  "; openclaw-update --channel latest installs an additional gateway, ",
                                  session.settings.gateway.unit}));
}

}  // namespace tools
