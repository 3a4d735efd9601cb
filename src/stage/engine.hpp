// The engine: looks, plans, stages, repairs, records. The hook and openclaw-install-deps are two faces of it.
//
//   record still true? ── yes ──> unchanged (milliseconds)
//        │ no
//   package + config + era ──> repair leftovers ──> plan ──> sealed closure (found, or fetched) ──>
//   materialise ──> record
#pragma once

#include "stage/outcome.hpp"
#include "stage/request.hpp"

namespace stage {

// Never throws; what stops it is Outcome::failure.
[[nodiscard]] Outcome run(const Request& request, Surroundings& surroundings);

}  // namespace stage
