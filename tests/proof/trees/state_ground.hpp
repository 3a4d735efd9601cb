// SPDX-License-Identifier: MIT
// A gateway's state as the operations on it expect one.
#pragma once

#include "trees/plot.hpp"
#include "workers/state/what_belongs.hpp"

namespace trees {

inline constexpr const char* transaction = "t00000001-20261121T101500Z";

// state/ with OpenClaw's own state in it, all of them of the tree's owner: config, settings, a database; and
// work/, package/.
void make_state(const Plot& plot);
[[nodiscard]] workers::state::Place place_of_state(const Plot& plot);
// As that user. Ends the program if it fails.
void take_snapshot_before(const Plot& plot);

}  // namespace trees
