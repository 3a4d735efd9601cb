// SPDX-License-Identifier: MIT
#include "watchdog/question.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace watchdog {
namespace {

using openclaw::GatewayEndpoint;

// A unit with more endpoints, each asked in two ways, contains more than a gateway.
constexpr std::size_t most_endpoints = 32;

}  // namespace

SocketsOf sockets_of_the_kernel() {
  return [](const std::string& control_group) { return systemd::listening_sockets_of(control_group); };
}

Question question_about(const std::string& control_group, std::uint16_t configured,
                        const std::optional<GatewayEndpoint>& known, const SocketsOf& sockets_of) {
  Question question;
  question.configured = configured;
  // systemd reports the control group a moment after it reports the process.
  const base::Result<std::vector<systemd::ListeningSocket>> sockets =
      control_group.empty() ? base::fail(base::ErrorKind::unavailable, "") : sockets_of(control_group);
  question.of_unit = sockets.has_value();
  if (sockets) {
    question.endpoints = openclaw::endpoints_of(*sockets, configured);
  } else {
    question.endpoints = openclaw::guessed_endpoints(configured);
    question.why_not = sockets.error().message;
  }
  if (question.endpoints.size() > most_endpoints) question.endpoints.resize(most_endpoints);
  if (!known) return question;
  const bool is_there =
      std::ranges::any_of(question.endpoints, [&](const auto& one) { return is_same_socket(one, *known); });
  if (question.of_unit && !is_there) return question;
  question.known = known;
  std::erase(question.endpoints, *known);
  question.endpoints.insert(question.endpoints.begin(), *known);
  return question;
}

}  // namespace watchdog
