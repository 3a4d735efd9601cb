// SPDX-License-Identifier: MIT
// The engine: observes, plans, applies, judges, records. The hook and openclaw-install-deps are its two front
// ends.
//
//   record still valid? ── yes ──> unchanged (milliseconds)                                 circumstances
//        │ no
//   package + config + era + target                                                         situation
//        │
//   the course of the era:  observe ──> plan ──> apply ──> observe ──> … ──> judge          course
//        │    one closure for all plugins (4.15-4.30)      closure_{observation,plan,staging}
//        │    plugins that are packages (5.2 and later)    external_{observation,plan,plugins}
//        │
//   write the record, or remove it
#pragma once

#include "stage/outcome.hpp"
#include "stage/request.hpp"

namespace stage {

// Never throws; a failure of the run is in Outcome::failure.
[[nodiscard]] Outcome run(const Request& request, Surroundings& surroundings);

}  // namespace stage
