// Staging for 2026.4.15-4.30: one closure for all planned plugins, made to appear where this version looks.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "stage/outcome.hpp"
#include "stage/request.hpp"
#include "stage/situation.hpp"

namespace stage {

// Fills outcome.plugins and findings. An error is what stops the whole run; a plugin that alone cannot be
// staged is a failed row.
[[nodiscard]] base::Result<void> stage_closure(const Situation& situation, const Request& request,
                                               Surroundings& surroundings, Outcome& outcome);

// What must stay as it is for the closure to count as staged.
[[nodiscard]] std::vector<std::string> watched_target_paths(const Situation& situation,
                                                            const Outcome& outcome);

}  // namespace stage
