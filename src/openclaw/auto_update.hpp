// SPDX-License-Identifier: MIT
// OpenClaw's own automatic update (#77793): what switches it on, and what off, version by version.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "openclaw/environment.hpp"
#include "openclaw/gateway_config.hpp"
#include "openclaw/version.hpp"

namespace openclaw {

// Whether it would start an update by itself, according to its config.
[[nodiscard]] bool wants_auto_update(const GatewayConfig& config, const Version& version);

// Variables that keep this version from it, the one to use first. 2026.4.28 and earlier heed none that is
// meant for it.
[[nodiscard]] std::vector<std::string_view> auto_update_switches(const Version& version);

// The one of them that does so by its value; empty: none.
[[nodiscard]] std::string auto_update_is_off_by(const base::Environment& environment, const Version& version);

}  // namespace openclaw
