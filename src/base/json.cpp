// SPDX-License-Identifier: MIT
#include "base/json.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"

namespace base {
namespace {

using nlohmann::json;

bool is_deeper_than(std::string_view text, std::size_t levels) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > levels) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

// What is beyond the limits, or empty.
std::string beyond(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) return concat({"is larger than ", human_bytes(limits.bytes)});
  if (!is_deeper_than(text, limits.levels)) return "";
  return concat({"is nested deeper than ", std::to_string(limits.levels), " levels"});
}

const json& nothing() {
  static const json null;
  return null;
}

}  // namespace

std::optional<json> json_in(std::string_view text, const JsonLimits& limits) {
  if (!beyond(text, limits).empty()) return std::nullopt;
  json value = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

json json_or_null(std::string_view text, const JsonLimits& limits) {
  return json_in(text, limits).value_or(nullptr);
}

Result<json> parse_json(std::string_view text, std::string_view name, const JsonLimits& limits) {
  if (const std::string what = beyond(text, limits); !what.empty()) {
    return fail(ErrorKind::bad_input, concat({"\"", name, "\" ", what}));
  }
  try {
    return json::parse(text);
  } catch (const json::parse_error& problem) {
    return fail(ErrorKind::bad_input,
                concat({"\"", name, "\" is not JSON: error at byte ", std::to_string(problem.byte)}));
  } catch (const json::exception&) {  // a number beyond what a double holds
    return fail(ErrorKind::bad_input, concat({"\"", name, "\" is not JSON: a number in it is out of range"}));
  }
}

const json& member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nothing() : *found;
}

const json& member_at(const json& object, std::string_view path) {
  const json* found = &object;
  while (!path.empty()) {
    const std::string_view key = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), key.size() + 1));
    const auto next = found->find(key);
    if (next == found->end()) return nothing();
    found = &*next;
  }
  return *found;
}

std::optional<bool> as_flag(const json& value) {
  return value.is_boolean() ? std::optional(value.get<bool>()) : std::nullopt;
}

std::optional<std::int64_t> as_integer(const json& value) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > most) return std::nullopt;
  return value.get<std::int64_t>();
}

std::optional<std::uint64_t> as_unsigned(const json& value) {
  return value.is_number_unsigned() ? std::optional(value.get<std::uint64_t>()) : std::nullopt;
}

std::string as_text(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::string as_shown(const json& value, std::size_t limit) {
  return value.is_string() ? printable(value.get_ref<const std::string&>(), limit) : std::string();
}

std::vector<std::string> as_texts(const json& value) {
  std::vector<std::string> texts;
  for (const json& entry : as_list(value)) {
    if (std::string text = as_text(entry); !text.empty()) texts.push_back(std::move(text));
  }
  return texts;
}

const json& as_object(const json& value) {
  static const json empty = json::object();
  return value.is_object() ? value : empty;
}

const json& as_list(const json& value) {
  static const json empty = json::array();
  return value.is_array() ? value : empty;
}

std::string text_at(const json& object, std::string_view path) {
  return as_text(member_at(object, path));
}

std::vector<std::string> texts_at(const json& object, std::string_view path) {
  return as_texts(member_at(object, path));
}

bool is_true_at(const json& object, std::string_view path) {
  return as_flag(member_at(object, path)).value_or(false);
}

}  // namespace base
