// SPDX-License-Identifier: MIT
// Which releases of the store are needed by any gateway, and the removal of the others.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "release/store.hpp"

namespace update {

// The releases that the gateways of this host start and could return to, that are known to have run, that a
// rehearsal has sealed for the real update, and that unfinished updates concern. An error if a pointer or a
// journal cannot be read, because then nothing may be removed. `updater`: /var/lib/openclaw-update.
[[nodiscard]] base::Result<std::vector<std::string>> releases_in_use(const std::string& updater);

// Store::prune() with those. `busy` while an update of another gateway is running.
[[nodiscard]] base::Result<std::vector<std::string>> prune_unused(const release::Store& releases,
                                                                  unsigned keep);

}  // namespace update
