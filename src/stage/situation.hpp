// SPDX-License-Identifier: MIT
// Everything a run knows before it changes anything.
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
  std::string state;  // where staged-deps and the plugin view live
  openclaw::Package package;
  std::vector<openclaw::BundledPlugin> bundled;
  openclaw::GatewayConfig config;
  const openclaw::Era* era = nullptr;
  Target target;
  // Where packages were looked for, down to the one that was found: a new OpenClaw at a better place, or a
  // `current` that points elsewhere, ends the record.
  std::vector<std::string> looked_at;
};

[[nodiscard]] base::Result<Situation> observe(const Request& request);

}  // namespace stage
