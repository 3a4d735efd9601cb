// Members of what a worker answered: hostile input, so a member of the wrong type is as good as none.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

namespace update {

[[nodiscard]] bool flag_in(const nlohmann::json& answer, const char* name, bool otherwise);
[[nodiscard]] std::int64_t number_in(const nlohmann::json& answer, const char* name);  // else 0
// Printable, at most `limit` bytes; else empty.
[[nodiscard]] std::string text_in(const nlohmann::json& answer, const char* name, std::size_t limit = 512);
// With every text of it redacted: for what is kept as it came.
[[nodiscard]] nlohmann::json without_secrets(nlohmann::json answer);
// Else an empty object, or an empty list.
[[nodiscard]] nlohmann::json section_in(const nlohmann::json& answer, const char* name);
[[nodiscard]] nlohmann::json list_in(const nlohmann::json& answer, const char* name);

}  // namespace update
