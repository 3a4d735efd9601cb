// SPDX-License-Identifier: MIT
// The file by which a gateway asks for an update without any privilege: <state directory>/update-request.
//
// The gateway's user writes it, and openclaw-update-request.path waits for it. Whatever it is, it is gone
// afterwards: what cannot be removed would start the request unit again and again.
#pragma once

#include <string>

#include "base/result.hpp"

namespace workers::state {

inline constexpr const char* update_request_file = "update-request";
inline constexpr std::size_t longest_update_request = 256;  // bytes

// Takes the file away in one rename, so that one that comes after it is another request, and answers what is
// in it: printable, without blanks at both ends, "" when it is empty. `not_found` when there is none;
// `refused` for what is no regular file of at most `longest_update_request` bytes.
[[nodiscard]] base::Result<std::string> take_update_request(const std::string& state_directory);

}  // namespace workers::state
