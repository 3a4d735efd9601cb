// SPDX-License-Identifier: MIT
// The outcome as journal events: one for each finding that matters and one for the whole.
#pragma once

#include <string>
#include <vector>

#include "stage/outcome.hpp"
#include "systemd/journal.hpp"

namespace tools {

[[nodiscard]] std::vector<systemd::Event> events_of(const stage::Outcome& outcome);
// One line for STATUS= and for the end of the journal's story.
[[nodiscard]] std::string summary_of(const stage::Outcome& outcome);

}  // namespace tools
