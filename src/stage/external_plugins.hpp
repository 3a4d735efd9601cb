// 2026.5.2 and later: plugins are packages of their own, which OpenClaw's own installer puts under
// <state>/npm and records in its state. Verified, and installed or repaired through that installer alone: it
// is the only one who knows its records.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "stage/outcome.hpp"
#include "stage/request.hpp"
#include "stage/situation.hpp"

namespace stage {

[[nodiscard]] base::Result<void> tend_external_plugins(const Situation& situation, const Request& request,
                                                       Surroundings& surroundings, Outcome& outcome);

[[nodiscard]] std::vector<std::string> watched_external_paths(const Situation& situation,
                                                              const Request& request);

}  // namespace stage
