// SPDX-License-Identifier: MIT
// Whether a gateway that was a user unit serves as a system unit.
#pragma once

#include "base/result.hpp"
#include "update/adoption/course.hpp"

namespace update {

// The process of this very start answers with the adopted version, is ready, and continues to run for a
// while. The error contains, as a sentence, what it did instead.
[[nodiscard]] base::Result<void> require_serving(const AdoptionSite& site, const AdoptionSealing& sealing,
                                                 const Adopting& adopting);

}  // namespace update
