// SPDX-License-Identifier: MIT
// A request file of the gateway's is hostile input: a version or nothing, and policy decides.
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
  std::string note;  // what it does not get, for the journal; may be empty
};
// What the gateway gets for `wanted` (empty: whatever the channel has), which nobody has looked at yet.
// `refused` where requests=refuse forbids it, which names `settings_file`; `integrity` for what is no
// version. Pure.
[[nodiscard]] base::Result<GrantedRequest> judge_gateway_request(const std::string& wanted,
                                                                 const config::UpdateSettings& settings,
                                                                 const std::string& settings_file);

// Has the request file read and removed, by a worker in the gateway's account, and judges what was in it.
[[nodiscard]] base::Result<GrantedRequest> take_gateway_request(Workers& workers,
                                                                const config::Settings& settings,
                                                                const std::string& settings_file,
                                                                const std::string& task_id);

}  // namespace update
