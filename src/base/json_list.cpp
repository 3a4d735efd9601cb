// SPDX-License-Identifier: MIT
#include "base/json_list.hpp"

namespace base {

using nlohmann::json;

std::optional<json> json_beside_list(std::string_view text, std::string_view list,
                                     const std::function<bool(const json&)>& take, const JsonLimits& limits) {
  if (text.size() > limits.bytes) return std::nullopt;
  bool in_list = false, all_taken = true;
  const auto keep = [&](int depth, json::parse_event_t event, json& parsed) {
    using Event = json::parse_event_t;
    const bool begins = event == Event::object_start || event == Event::array_start;
    if (begins && static_cast<std::size_t>(depth) >= limits.levels) all_taken = false;
    if (event == Event::key && depth == 1) in_list = parsed == list;
    const bool is_element =
        depth == 2 && (event == Event::value || event == Event::object_end || event == Event::array_end);
    if (!in_list || !is_element) return true;
    all_taken = all_taken && take(parsed);
    return false;
  };
  json rest = json::parse(text, keep, /*allow_exceptions=*/false);
  if (rest.is_discarded() || !all_taken) return std::nullopt;
  return rest;
}

}  // namespace base
