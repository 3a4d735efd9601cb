// SPDX-License-Identifier: MIT
// The config as the plugin loader sees it. OpenClaw enables plugins by itself when other settings or
// variables of the environment show that they are wanted (and writes that into openclaw.json at its first
// start); 2026.4.29 compares its manifest with a plan made from the result.
#pragma once

#include <vector>

#include "openclaw/environment.hpp"
#include "openclaw/gateway_config.hpp"
#include "openclaw/plugin.hpp"

namespace openclaw {

// `environment` is the gateway's: SLACK_BOT_TOKEN and its like configure a channel. Applying it twice changes
// nothing.
[[nodiscard]] GatewayConfig effective_config(GatewayConfig config, const std::vector<BundledPlugin>& plugins,
                                             const base::Environment& environment);

}  // namespace openclaw
