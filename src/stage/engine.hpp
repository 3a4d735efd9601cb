// SPDX-License-Identifier: MIT
// The engine: looks, plans, applies, judges, records. The hook and openclaw-install-deps are two faces of it.
//
//   record still true? ── yes ──> unchanged (milliseconds)                                  circumstances
//        │ no
//   package + config + era + target                                                         situation
//        │
//   the course of the era:  observe ──> plan ──> apply ──> observe ──> … ──> judge          course
//        │    one closure for all plugins (4.15-4.30)      closure_{observation,plan,staging}
//        │    plugins that are packages (5.2 and later)    external_{observation,plan,plugins}
//        │
//   record, or forget it
#pragma once

#include "stage/outcome.hpp"
#include "stage/request.hpp"

namespace stage {

// Never throws; what stops it is Outcome::failure.
[[nodiscard]] Outcome run(const Request& request, Surroundings& surroundings);

}  // namespace stage
