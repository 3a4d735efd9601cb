// SPDX-License-Identifier: MIT
// The actions of openclaw-state, by name.
#pragma once

#include <span>

#include "workers/request.hpp"

namespace workers::state {

[[nodiscard]] std::span<const Action> actions();

}  // namespace workers::state
