// SPDX-License-Identifier: MIT
// The record as used by the engine: its content, its place, and when it is valid.
#pragma once

#include "base/result.hpp"
#include "stage/outcome.hpp"
#include "stage/request.hpp"
#include "stage/situation.hpp"

namespace stage {

// True if the record of this state directory is still valid for this request; `outcome` is then the recorded
// one.
[[nodiscard]] bool recall(const Request& request, Outcome& outcome);

// After a complete run.
[[nodiscard]] base::Result<void> remember(const Situation& situation, const Request& request,
                                          const Outcome& outcome);

// After an incomplete one, so that the next start tries again.
[[nodiscard]] base::Result<void> forget(const std::string& state);

}  // namespace stage
