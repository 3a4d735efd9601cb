// SPDX-License-Identifier: MIT
// Which releases of the store somebody needs, whichever gateway it is, and the removal of others.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "release/store.hpp"

namespace update {

// What the gateways of this host start and would return to, what is known to have run, what a rehearsal has
// sealed for the update proper, and what updates that are not finished are about. With a pointer or a journal
// that cannot be understood it is an error: nothing may be removed then. `updater`: /var/lib/openclaw-update.
[[nodiscard]] base::Result<std::vector<std::string>> releases_in_use(const std::string& updater);

// Store::prune() with those. `busy` while the update of another gateway is at work.
[[nodiscard]] base::Result<std::vector<std::string>> prune_unused(const release::Store& releases,
                                                                  unsigned keep);

}  // namespace update
