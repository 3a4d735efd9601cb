// Reading fields of JSON that other people wrote: what is absent or of the wrong type is as if it were not
// there, as in OpenClaw's own readers.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "openclaw/package.hpp"

namespace openclaw {

// The member at "a.b.c", or null. Keys with dots in them cannot be named so.
[[nodiscard]] const nlohmann::json& member(const nlohmann::json& object, std::string_view path);
// Empty unless it is a string.
[[nodiscard]] std::string string_member(const nlohmann::json& object, std::string_view path);
// The non-empty strings of an array.
[[nodiscard]] std::vector<std::string> string_list(const nlohmann::json& object, std::string_view path);
[[nodiscard]] bool is_true(const nlohmann::json& object, std::string_view path);
// "dependencies" with "optionalDependencies" over them, as written; what is no string is left out.
[[nodiscard]] Dependencies all_dependencies(const nlohmann::json& package_json);

}  // namespace openclaw
