// SPDX-License-Identifier: MIT
// Taking out of a fresh node_modules what is the client's and not the packages'.
#pragma once

#include "base/result.hpp"

namespace npm {

// `directory_fd` is the folder that holds node_modules. Removes the droppings at its top, and links in every
// .bin.
[[nodiscard]] base::Result<void> remove_droppings(int directory_fd);

}  // namespace npm
