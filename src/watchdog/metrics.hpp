// SPDX-License-Identifier: MIT
// The state of the gateways in the format of node_exporter's textfile collector.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "watchdog/memory.hpp"
#include "watchdog/policy.hpp"
#include "watchdog/update_watch.hpp"

namespace watchdog {

// The state of one gateway.
struct Sample {
  std::string gateway;  // its name; empty: the gateway without a name
  Standing standing;
  Memory memory;
  UpdateFacts updates;
};

// "default" for the gateway without a name.
[[nodiscard]] std::string name_of(const std::string& gateway);

// A single gateway without a name gets no labels; otherwise each value has the label gateway ("default" for
// the gateway without a name).
[[nodiscard]] std::string metrics_text(const std::vector<Sample>& samples);

// Replaces the file by one rename; it is readable by everybody. Fails if another user can write to the
// folder.
[[nodiscard]] base::Result<void> write_metrics(const std::string& path, const std::string& text);

}  // namespace watchdog
