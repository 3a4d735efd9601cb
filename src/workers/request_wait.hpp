// SPDX-License-Identifier: MIT
// A worker that is started before its request exists, so that only its work takes time when the request
// comes: the second pass of a snapshot runs while the gateway is down. For the same reason it does not exit
// after its answer until it is dismissed: the removal of its unit delayed the start of the gateway by 50 ms.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"

namespace workers {

// Returns when the file exists; it is created by a rename. `unavailable` if that takes longer than `limit`,
// not_found if its folder does not exist.
[[nodiscard]] base::Result<void> wait_for_request(const std::string& path, std::chrono::milliseconds limit);

// Returns when the file was removed again, which dismisses the worker, or after `limit`.
void wait_for_dismissal(const std::string& path, std::chrono::milliseconds limit);

}  // namespace workers
