// SPDX-License-Identifier: MIT
// JSON with one long list, of which no value is made as a whole.
#pragma once

#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <string_view>

#include "base/json.hpp"

namespace base {

// Each element of the list that is the member `list` of the whole goes to `take`, and is not kept. Returns
// the rest, in which that list is empty. Nothing for a text that json_in refuses, or if `take` refuses an
// element; what it throws passes.
[[nodiscard]] std::optional<nlohmann::json> json_beside_list(
    std::string_view text, std::string_view list, const std::function<bool(const nlohmann::json&)>& take,
    const JsonLimits& limits = {});

}  // namespace base
