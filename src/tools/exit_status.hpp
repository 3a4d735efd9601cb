// SPDX-License-Identifier: MIT
// Exit statuses: sysexits(3), plus 1 for "something is missing", and two for what policy decides, so that a
// script can tell them from want of rights (77). One table for people: EXIT STATUS in openclaw-update(8).
#pragma once

#include <sysexits.h>

#include "base/result.hpp"
#include "stage/outcome.hpp"

namespace tools {

inline constexpr int exit_complete = 0;
inline constexpr int exit_missing = 1;  // --check: something would have to be staged
inline constexpr int exit_refused = 3;  // nothing was touched
inline constexpr int exit_held = 4;     // the same, for a hold, a pin or a quarantine

[[nodiscard]] int exit_status_of(const base::Error& error);
[[nodiscard]] int exit_status_of(const stage::Outcome& outcome, bool check);

}  // namespace tools
