// SPDX-License-Identifier: MIT
// What has to be shown of the gateway that runs before an update may stop it: that it can be seen to serve,
// and that the state which would be copied and put back is its own. An update that cannot see the old one
// serve would not see the new one either, and take it for broken.
#pragma once

#include "base/result.hpp"
#include "update/setup.hpp"

namespace update {

// Something that its unit listens on answers as a gateway: context.from.port is where. One that has just been
// started is given the time that a start may take. `refused` where nothing does, unless context.asked.force:
// that is noted. A process that ends meanwhile, as in a loop of crashes, is none to be seen; an update may
// heal it.
[[nodiscard]] base::Result<void> require_found(const Setup& setup, const bus::ServiceStatus& unit,
                                               Context& context);

// The state of the workers is that of the running gateway, by its own processes (workers/state/owner.hpp).
// `refused` where it is another's, whatever is forced. Where nothing is shown, an update is refused, unless
// it is forced; a return to a former release is not: the gateway may be in no state to show anything.
[[nodiscard]] base::Result<void> require_own_state(const Setup& setup, const bus::ServiceStatus& unit,
                                                   Context& context);

}  // namespace update
