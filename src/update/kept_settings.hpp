// SPDX-License-Identifier: MIT
// helpers.ini as it was when an update began, in the transaction's folder: an error in the settings that is
// made during the update must not prevent a recovery from starting the gateway again.
#pragma once

#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "update/gateway_places.hpp"

namespace update {

// Copies the files that `settings` were read from, in their order. `transaction_fd`: the transaction's folder
// (Journal::folder). `gateway`: its name, if it has one.
[[nodiscard]] base::Result<void> keep_settings(int transaction_fd, const config::Settings& settings,
                                               const std::string& gateway);

// The settings of that gateway's open transaction. `not_found` if none is open, or if it has no copies.
[[nodiscard]] base::Result<config::Settings> settings_of_open_update(const GatewayPlaces& places);

}  // namespace update
