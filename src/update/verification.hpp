// SPDX-License-Identifier: MIT
// Whether the gateway does after an update what it did before. Pure.
#pragma once

#include <string>
#include <vector>

#include "contract/gateway_report.hpp"
#include "update/causes.hpp"

namespace update {

struct Complaint {
  Cause cause;
  std::string text;  // one sentence, for a person
};
[[nodiscard]] std::string text_of(const std::vector<Complaint>& complaints);
// Of at least one: the first that is not the release's own doing, since whatever else is wrong may follow
// from that (a variable that the unit has lost, and a plugin that fails without it); else the first.
[[nodiscard]] Cause cause_of(const std::vector<Complaint>& complaints);

// One sentence each, for a person; none: the update stands. What was not known before, or is not now, is held
// against nobody, and neither is what did not work before. `expected_version` empty: any.
//
// A plugin that the old package bundled, that no config asks for and that is not loaded now, without an error
// of its own, was OpenClaw's own choice: it retires plugins (phone-control in 2026.9) and changes which ones
// are on by default (bonjour in 2026.5).
[[nodiscard]] std::vector<Complaint> complaints(const contract::GatewayReport& before,
                                                const contract::GatewayReport& after,
                                                const std::string& expected_version);

// Where no gateway ran before: readiness, version, config and RPC count, each for itself.
[[nodiscard]] std::vector<Complaint> complaints_of_first_start(const contract::GatewayReport& after,
                                                               const std::string& expected_version);

// Of the new release on a copy of the state, without a network, so that channels, models and what the
// gateway's own environment has are no part of it. `before` is what the live gateway does; null: nothing is
// known of it.
[[nodiscard]] std::vector<Complaint> complaints_of_canary(const contract::GatewayReport* before,
                                                          const contract::GatewayReport& canary,
                                                          const std::string& expected_version);

}  // namespace update
