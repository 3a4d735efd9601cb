// SPDX-License-Identifier: MIT
// What the watchdog knows, in the format that node_exporter's textfile collector reads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "watchdog/memory.hpp"
#include "watchdog/policy.hpp"
#include "watchdog/update_watch.hpp"

namespace watchdog {

// What is known of one gateway.
struct Sample {
  std::string gateway;  // its name; empty: the one without
  Standing standing;
  Memory memory;
  UpdateFacts updates;
};

// "default" for the gateway without a name.
[[nodiscard]] std::string name_of(const std::string& gateway);

// Of one gateway without a name as it is; of several, or of one with a name, each value has the label gateway
// ("default" for the one without).
[[nodiscard]] std::string metrics_text(const std::vector<Sample>& samples);

// In one rename, readable by everybody. A folder that somebody else could write to is refused.
[[nodiscard]] base::Result<void> write_metrics(const std::string& path, const std::string& text);

}  // namespace watchdog
