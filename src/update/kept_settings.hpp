// helpers.ini as an update began with it, in the transaction's folder: a mistake that somebody makes in it
// meanwhile must not keep a recovery from starting the gateway again.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace update {

// Copies of `files` (Settings::files), in their order. `transaction_fd`: its folder (Journal::folder).
[[nodiscard]] base::Result<void> keep_settings(int transaction_fd, const std::vector<std::string>& files);

// Of the transaction that is open. `not_found` when none is, or when it has kept none.
[[nodiscard]] base::Result<config::Settings> settings_of_open_update(const std::string& state_directory);

}  // namespace update
