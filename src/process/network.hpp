// SPDX-License-Identifier: MIT
// The network namespace of this process.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace process {

// "net:[4026531833]", as the kernel names it: the same for two processes exactly where they share a network.
// Empty: not known.
[[nodiscard]] std::string network_namespace();

// A port of its loopback that is free now.
[[nodiscard]] base::Result<std::uint16_t> free_port();

}  // namespace process
