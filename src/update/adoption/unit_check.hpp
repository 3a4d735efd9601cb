// SPDX-License-Identifier: MIT
// Whether a gateway that was a user's own unit serves as a system unit.
#pragma once

#include "base/result.hpp"
#include "update/adoption/course.hpp"

namespace update {

// Its own start, by identity: the process of that start answers with the version that was adopted, is ready,
// and stays for a while. An error says in a sentence what it did instead.
[[nodiscard]] base::Result<void> require_serving(const AdoptionSite& site, const AdoptionSealing& sealing,
                                                 const Adopting& adopting);

}  // namespace update
