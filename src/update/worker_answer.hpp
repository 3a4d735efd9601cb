// SPDX-License-Identifier: MIT
// A worker's answer, stored as it was received.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace update {

// With every text redacted.
[[nodiscard]] nlohmann::json without_secrets(nlohmann::json answer);

}  // namespace update
