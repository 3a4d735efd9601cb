// SPDX-License-Identifier: MIT
// The same work, done as one does it without thinking of others: by names, with a look before each step. The
// witness must catch each of these; else it would not catch the suite either.
#pragma once

#include <vector>

#include "trees/operations.hpp"

namespace trees {

[[nodiscard]] const std::vector<Operation>& naive_operations();

}  // namespace trees
