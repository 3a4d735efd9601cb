// SPDX-License-Identifier: MIT
// JSON from other programs. All of it is parsed here, within limits of depth and size.
//
// Lenient readers treat a member that is absent or of the wrong type as absent. Where this is an error,
// parse_json and contract/members.hpp report the problem and its place.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace base {

// The parser itself does not recurse, but code that copies, prints or walks the value later does.
struct JsonLimits {
  std::size_t levels = 256;
  std::size_t bytes = std::size_t{64} * 1024 * 1024;
};

// Nothing for a text that is not JSON, or exceeds the limits.
[[nodiscard]] std::optional<nlohmann::json> json_in(std::string_view text, const JsonLimits& limits = {});
// The same, and null then.
[[nodiscard]] nlohmann::json json_or_null(std::string_view text, const JsonLimits& limits = {});
// bad_input says what is wrong with it and, where it is no JSON, gives the byte position. `name` is that of
// the file.
[[nodiscard]] Result<nlohmann::json> parse_json(std::string_view text, std::string_view name,
                                                const JsonLimits& limits = {});

// The member of that name, or null. The whole text is the name, dots included.
[[nodiscard]] const nlohmann::json& member(const nlohmann::json& object, const char* name);
// The member at "a.b.c", or null. Keys with dots in them cannot be named so.
[[nodiscard]] const nlohmann::json& member_at(const nlohmann::json& object, std::string_view path);

// A value that is of that type.
[[nodiscard]] std::optional<bool> as_flag(const nlohmann::json& value);
[[nodiscard]] std::optional<std::int64_t> as_integer(const nlohmann::json& value);  // and fits
[[nodiscard]] std::optional<std::uint64_t> as_unsigned(const nlohmann::json& value);
// Empty unless it is a text. The text may not be printable.
[[nodiscard]] std::string as_text(const nlohmann::json& value);
// Printable, and at most `limit` bytes of it.
[[nodiscard]] std::string as_shown(const nlohmann::json& value, std::size_t limit);
// The texts of a list that are not empty.
[[nodiscard]] std::vector<std::string> as_texts(const nlohmann::json& value);
// The value where it is an object, or a list; else an empty one.
[[nodiscard]] const nlohmann::json& as_object(const nlohmann::json& value);
[[nodiscard]] const nlohmann::json& as_list(const nlohmann::json& value);

// Of the member at a path, for short.
[[nodiscard]] std::string text_at(const nlohmann::json& object, std::string_view path);
[[nodiscard]] std::vector<std::string> texts_at(const nlohmann::json& object, std::string_view path);
[[nodiscard]] bool is_true_at(const nlohmann::json& object, std::string_view path);

}  // namespace base
