// SPDX-License-Identifier: MIT
// What must be known of the running gateway before an update may stop it: that its answers are visible, and
// that the state which would be copied and restored is its own. If an update could not see that the old
// release serves, it could not see it of the new one, either, and would consider it failed.
#pragma once

#include "base/result.hpp"
#include "update/setup.hpp"

namespace update {

// A socket of its unit answers as a gateway; context.from.port is set to its port. A gateway that was just
// started gets the time that a start may take. `refused` if no socket answers; with context.asked.force this
// is only noted. A process that ends meanwhile, as in a crash loop, is no obstacle, because an update may
// solve it.
[[nodiscard]] base::Result<void> require_found(const Setup& setup, const bus::ServiceStatus& unit,
                                               Context& context);

// The workers' state is that of the running gateway, by evidence from its own processes
// (workers/state/owner.hpp). `refused` if it belongs to another gateway, even with force. Without evidence,
// an update is refused unless it is forced, but a return to an earlier release is not, because the gateway
// may not be able to provide evidence.
[[nodiscard]] base::Result<void> require_own_state(const Setup& setup, const bus::ServiceStatus& unit,
                                                   Context& context);

}  // namespace update
