// SPDX-License-Identifier: MIT
// All that a run determines before it changes anything.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "openclaw/era.hpp"
#include "openclaw/gateway_config.hpp"
#include "openclaw/package.hpp"
#include "openclaw/plugin.hpp"
#include "stage/request.hpp"
#include "stage/target.hpp"

namespace stage {

struct Situation {
  std::string state;  // contains staged-deps and the plugin view
  openclaw::Package package;
  std::vector<openclaw::BundledPlugin> bundled;
  openclaw::GatewayConfig config;
  const openclaw::Era* era = nullptr;
  Target target;
  // The places where packages were searched, up to the one that was found: a new OpenClaw at an earlier
  // place, or a `current` that points elsewhere, invalidates the record.
  std::vector<std::string> looked_at;
};

[[nodiscard]] base::Result<Situation> observe(const Request& request);

}  // namespace stage
