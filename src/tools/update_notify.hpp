// SPDX-License-Identifier: MIT
// What is run when an update has ended: openclaw-update-notify@OUTCOME.service, with the result as JSON on
// its standard input. Of a gateway with a name the instance is OUTCOME:NAME.
#pragma once

#include <string>

#include "base/result.hpp"
#include "tools/update_session.hpp"
#include "update/context.hpp"
#include "update/states.hpp"

namespace tools {

// Starts the unit and does not wait for it. Nothing is started where neither [notify] has a command nor an
// administrator has changed the unit, for an update that found nothing to do, and for a user's own gateways.
[[nodiscard]] base::Result<void> notify_of(const UpdateSession& session, update::State outcome,
                                           const update::Context& context);

}  // namespace tools
