// SPDX-License-Identifier: MIT
// Before the first installation on a host: whether somebody has a gateway there already.
#pragma once

#include "base/result.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_session.hpp"

namespace tools {

// Who has a gateway may mean that one, and a second one would want its port: `refused`, naming it. Whoever
// says what to install (--to, --channel, --force, a gateway's name) has said what they mean.
[[nodiscard]] base::Result<void> require_only_gateway(const UpdateSession& session,
                                                      const UpdateOptions& options);

}  // namespace tools
