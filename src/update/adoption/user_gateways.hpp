// SPDX-License-Identifier: MIT
// Gateways of this host that run as user units, which adopt --from-user moves.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace update {

struct UserGateway {
  std::string user;  // the name, or the number of a user without a name
  unsigned uid = 0;
  std::string unit;     // "openclaw-gateway.service"
  std::string profile;  // "work" of openclaw-gateway-work.service

  // "openclaw-update adopt --from-user claw --profile work"
  [[nodiscard]] std::string adopt_command() const;
  // "openclaw-update --user adopt", to be run by that user.
  [[nodiscard]] std::string keep_command() const;
};

// From the control groups of all processes on the host, each gateway once, by user and unit. A user can give
// a unit any name, so the result is only displayed, and decides nothing of importance.
[[nodiscard]] std::vector<UserGateway> find_user_gateways(const std::string& proc = "/proc");

// "claw's own openclaw-gateway.service runs (openclaw-update adopt --from-user claw moves it to a system
// unit)", and so on for the others; empty for none.
[[nodiscard]] std::string shown(const std::vector<UserGateway>& gateways);

}  // namespace update
