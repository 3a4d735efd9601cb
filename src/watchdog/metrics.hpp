// What the watchdog knows, in the format that node_exporter's textfile collector reads.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "watchdog/memory.hpp"
#include "watchdog/policy.hpp"
#include "watchdog/update_watch.hpp"

namespace watchdog {

[[nodiscard]] std::string metrics_text(const Standing& standing, const Memory& memory,
                                       const UpdateFacts& updates);

// In one rename, readable by everybody. A folder that somebody else could write to is refused.
[[nodiscard]] base::Result<void> write_metrics(const std::string& path, const std::string& text);

}  // namespace watchdog
