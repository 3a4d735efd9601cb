// Exit statuses: sysexits(3), plus 1 for "something is missing".
#pragma once

#include <sysexits.h>

#include "base/result.hpp"
#include "stage/outcome.hpp"

namespace tools {

inline constexpr int exit_complete = 0;
inline constexpr int exit_missing = 1;  // --check: something would have to be staged

[[nodiscard]] int exit_status_of(const base::Error& error);
[[nodiscard]] int exit_status_of(const stage::Outcome& outcome, bool check);

}  // namespace tools
