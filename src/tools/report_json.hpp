// SPDX-License-Identifier: MIT
// `openclaw-install-deps --json`: the outcome as one JSON object. The schema is documented in
// openclaw-install-deps(1); end_json() adds exit_status; its "schema" grows when a member changes meaning or
// goes, not when one is added.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "stage/outcome.hpp"

namespace tools {

inline constexpr int report_schema = 2;

[[nodiscard]] nlohmann::ordered_json report_json(const stage::Outcome& outcome, bool check);

}  // namespace tools
