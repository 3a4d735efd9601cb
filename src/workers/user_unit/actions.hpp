// SPDX-License-Identifier: MIT
// openclaw-user-unit: operations of an adoption on a user's own service manager, performed as that user.
//
// root does not connect to that manager itself: its socket is in a folder of the user, who could replace it
// by a link to another socket, such as that of the system manager, or answer with anything.
#pragma once

#include <span>

#include "workers/request.hpp"

namespace workers::user_unit {

[[nodiscard]] std::span<const Action> actions();

// Of the calling user: "/run/user/1000".
[[nodiscard]] std::string runtime_directory();

}  // namespace workers::user_unit
