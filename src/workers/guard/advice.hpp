// SPDX-License-Identifier: MIT
// What an error of the guard means for the operator of the container, and the next step.
#pragma once

#include <string>

#include "base/result.hpp"

namespace workers::guard {

struct Guarding;

// `folder`: the volume.
[[nodiscard]] base::Error explained(base::Error error, const std::string& folder);
// `busy`, with what the record says of the container that was started last.
[[nodiscard]] base::Error held_by_another(const Guarding& guarding, int guard_fd);

}  // namespace workers::guard
