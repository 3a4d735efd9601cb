// SPDX-License-Identifier: MIT
// openclaw-user-unit: what an adoption needs of a user's own service manager, as that user.
//
// root does not ask that manager itself: its socket lies in a folder of the user's, who could put a link to
// another socket there, the system manager's among others, or answer with whatever they like.
#pragma once

#include <span>

#include "workers/request.hpp"

namespace workers::user_unit {

[[nodiscard]] std::span<const Action> actions();

// Of the calling user: "/run/user/1000".
[[nodiscard]] std::string runtime_directory();

}  // namespace workers::user_unit
