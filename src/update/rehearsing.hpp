// SPDX-License-Identifier: MIT
// Collects what the update would change (rehearsal.hpp) from the answers of the workers of a rehearsal and
// from the sealed release.
#pragma once

#include <vector>

#include "contract/gateway_report.hpp"
#include "contract/results.hpp"
#include "update/rehearsal.hpp"
#include "update/setup.hpp"

namespace update {

// Which plugins are not staged yet, or cannot be.
void note_staging(const contract::ReleaseStaged& answer, Rehearsal& rehearsal);
// The release's answers about config and database.
void note_validation(const contract::ReleaseValidated& answer, Rehearsal& rehearsal);
// The results on the copy. `before`: of the running gateway; null: nothing is known of it.
void note_canary(const contract::CanaryBooted& told, const contract::GatewayReport& canary,
                 const contract::GatewayReport* before, Rehearsal& rehearsal);
// Databases whose schema on the canary's copy differs from the one before.
[[nodiscard]] std::vector<SchemaMoved> schemas_moved(const contract::SchemasOfBoot& schemas);
// The rest, when the release is sealed: its bundled plugins compared with those of the running release, its
// Node, its size, and the downtimes of earlier updates. What cannot be read is omitted.
void look_at_what_would_change(const Setup& setup, Context& context);

}  // namespace update
