// SPDX-License-Identifier: MIT
// A worker that is started ahead of its request, so that no more than its work is waited for when it comes:
// the second pass of a snapshot runs while the gateway is down. For the same reason it stays after its answer
// until it is dismissed: taking its unit apart held up the start of the gateway by 50 ms.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"

namespace workers {

// Returns when the file is there, which its writer puts there by rename; `unavailable` when it is not within
// `limit`, and not_found without its folder.
[[nodiscard]] base::Result<void> wait_for_request(const std::string& path, std::chrono::milliseconds limit);

// Returns when whoever has put the file there has taken it away again, with which the worker is dismissed; or
// after `limit`.
void wait_for_dismissal(const std::string& path, std::chrono::milliseconds limit);

}  // namespace workers
