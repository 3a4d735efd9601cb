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

// After a complete run. What is recorded is on the disk before the record is.
[[nodiscard]] base::Result<void> remember(const Situation& situation, const Request& request,
                                          const Outcome& outcome);

// Before the first change of a run, and after an incomplete one, so that the next start tries again. The
// record stays away after a power cut, too.
[[nodiscard]] base::Result<void> forget(const std::string& state);

}  // namespace stage
