// SPDX-License-Identifier: MIT
// The file by which a gateway requests an update without any privilege: <state directory>/update-request.
//
// The gateway's user writes it, and openclaw-update-request.path waits for it. It is removed in any case,
// because a file that remained would start the request unit again and again.
#pragma once

#include <string>

#include "base/result.hpp"

namespace workers::state {

inline constexpr const char* update_request_file = "update-request";
inline constexpr std::size_t longest_update_request = 256;  // bytes

// Takes the file away by one rename, so that a later one is another request, and returns its content:
// printable, without blanks at both ends, "" if it is empty. `not_found` if there is none; `refused` if it is
// not a regular file of at most `longest_update_request` bytes.
[[nodiscard]] base::Result<std::string> take_update_request(const std::string& state_directory);

}  // namespace workers::state
