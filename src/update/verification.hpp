// SPDX-License-Identifier: MIT
// Whether the gateway works after an update as it did before. Without side effects.
#pragma once

#include <string>
#include <vector>

#include "contract/gateway_report.hpp"
#include "update/causes.hpp"

namespace update {

struct Complaint {
  Cause cause;
  std::string text;  // one sentence, for an operator
};
[[nodiscard]] std::string text_of(const std::vector<Complaint>& complaints);
// Of at least one complaint: the first for which the release is not to blame, because others may be
// consequences (the unit has lost a variable, and a plugin fails without it); otherwise the first one.
[[nodiscard]] Cause cause_of(const std::vector<Complaint>& complaints);

// It answers and is not ready, for no other reason than those that it had before the update: a database of an
// agent that cannot be opened, for instance. The release is not to blame for that.
[[nodiscard]] bool is_unready_as_before(const contract::GatewayReport& before,
                                        const contract::GatewayReport& after);

// One sentence each, for an operator; none: the update succeeds. What is unknown, before or after, and what
// did not work before is ignored. `expected_version` empty: any.
//
// A plugin that the old package bundled, that no config enables, and that is not loaded now, without an error
// of its own, was OpenClaw's own choice: it retires plugins (phone-control in 2026.9) and changes which ones
// are enabled by default (bonjour in 2026.5).
[[nodiscard]] std::vector<Complaint> complaints(const contract::GatewayReport& before,
                                                const contract::GatewayReport& after,
                                                const std::string& expected_version);

// If no gateway ran before: readiness, version, config and RPC count independently.
[[nodiscard]] std::vector<Complaint> complaints_of_first_start(const contract::GatewayReport& after,
                                                               const std::string& expected_version);

// For the new release on a copy of the state, without a network: channels, models and variables of the
// gateway's own environment are ignored. `before`: the report of the live gateway; null: nothing is known of
// it.
[[nodiscard]] std::vector<Complaint> complaints_of_canary(const contract::GatewayReport* before,
                                                          const contract::GatewayReport& canary,
                                                          const std::string& expected_version);

}  // namespace update
