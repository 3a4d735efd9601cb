// SPDX-License-Identifier: MIT
// Where a rehearsal learns what the update would change (rehearsal.hpp): from what the workers of its stages
// answer, and from the release that is sealed.
#pragma once

#include <vector>

#include "contract/gateway_report.hpp"
#include "contract/results.hpp"
#include "update/rehearsal.hpp"
#include "update/setup.hpp"

namespace update {

// Which plugins are not there yet, or cannot be.
void note_staging(const contract::ReleaseStaged& answer, Rehearsal& rehearsal);
// What the release says of config and database.
void note_validation(const contract::ReleaseValidated& answer, Rehearsal& rehearsal);
// What it did on a copy. `before`: of the gateway that runs; null: nothing is known of it.
void note_canary(const contract::CanaryBooted& told, const contract::GatewayReport& canary,
                 const contract::GatewayReport* before, Rehearsal& rehearsal);
// Databases whose schema is another on the canary's copy than before.
[[nodiscard]] std::vector<SchemaMoved> schemas_moved(const contract::SchemasOfBoot& schemas);
// The rest, once the release is sealed: its bundled plugins against those of the release that runs, its Node,
// its room, and how long earlier updates had the gateway down. What cannot be read is left out.
void look_at_what_would_change(const Setup& setup, Context& context);

}  // namespace update
