// SPDX-License-Identifier: MIT
// helpers.ini as an update began with it, in the transaction's folder: a mistake that somebody makes in it
// meanwhile must not keep a recovery from starting the gateway again.
#pragma once

#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "update/gateway_places.hpp"

namespace update {

// Copies of the files that `settings` were read from, in their order. `transaction_fd`: its folder
// (Journal::folder). `gateway`: its name, if it has one.
[[nodiscard]] base::Result<void> keep_settings(int transaction_fd, const config::Settings& settings,
                                               const std::string& gateway);

// Of that gateway's transaction that is open. `not_found` when none is, or when it has kept none.
[[nodiscard]] base::Result<config::Settings> settings_of_open_update(const GatewayPlaces& places);

}  // namespace update
