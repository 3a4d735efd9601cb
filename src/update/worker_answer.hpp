// SPDX-License-Identifier: MIT
// What a worker answered, kept as it came.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace update {

// With every text of it redacted.
[[nodiscard]] nlohmann::json without_secrets(nlohmann::json answer);

}  // namespace update
