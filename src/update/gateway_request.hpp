// SPDX-License-Identifier: MIT
// The content of a request file is untrusted input: a version or nothing. The settings determine what is
// granted.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "update/intent.hpp"
#include "update/workers.hpp"

namespace update {

struct GrantedRequest {
  Intent intent;
  std::string note;  // what is not granted, for the journal; may be empty
};
// What is granted for `wanted` (empty: the version of the channel), which was not validated before. `refused`
// if requests=refuse forbids it, with the name of `settings_file`; `integrity` if it is not a version.
// Without side effects.
[[nodiscard]] base::Result<GrantedRequest> judge_gateway_request(const std::string& wanted,
                                                                 const config::UpdateSettings& settings,
                                                                 const std::string& settings_file);

// Lets a worker with the gateway's user read and remove the request file, and evaluates its content.
[[nodiscard]] base::Result<GrantedRequest> take_gateway_request(Workers& workers,
                                                                const config::Settings& settings,
                                                                const std::string& settings_file,
                                                                const std::string& task_id);

}  // namespace update
