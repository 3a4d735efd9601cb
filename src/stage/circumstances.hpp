// SPDX-License-Identifier: MIT
// The record as the engine uses it: what goes into it, where it lies, when it is believed.
#pragma once

#include "base/result.hpp"
#include "stage/outcome.hpp"
#include "stage/request.hpp"
#include "stage/situation.hpp"

namespace stage {

// True when the record of this state directory is still true for this request; `outcome` then says what it
// was.
[[nodiscard]] bool recall(const Request& request, Outcome& outcome);

// After a complete run.
[[nodiscard]] base::Result<void> remember(const Situation& situation, const Request& request,
                                          const Outcome& outcome);

// After an incomplete one, so that the next start tries again.
[[nodiscard]] base::Result<void> forget(const std::string& state);

}  // namespace stage
