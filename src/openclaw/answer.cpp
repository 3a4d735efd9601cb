// SPDX-License-Identifier: MIT
#include "openclaw/answer.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"

namespace openclaw {
namespace {

using nlohmann::json;

// How often all of an output is looked at for values that come to nothing, before it is given up.
constexpr std::size_t most_passes = 64;

// The length of the value that `text` begins with, or npos.
std::size_t length_of_value(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false, escaped = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      in_string = escaped || c != '"';
      escaped = !escaped && c == '\\';
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at + 1;
  }
  return std::string_view::npos;
}

bool has_one_of(const json& object, const std::vector<std::string_view>& members) {
  return object.is_object() && std::any_of(members.begin(), members.end(), [&](std::string_view name) {
           return object.contains(std::string(name));
         });
}

bool is_wanted(const json& value, const Answer& wanted) {
  if (wanted.kind == Answer::Kind::object) return has_one_of(value, wanted.members);
  return value.is_array() &&
         std::all_of(value.begin(), value.end(), [](const json& row) { return row.is_object(); }) &&
         std::any_of(value.begin(), value.end(),
                     [&](const json& row) { return has_one_of(row, wanted.members); });
}

std::size_t end_of_line(std::string_view text, std::size_t from) {
  return std::min(text.find('\n', from), text.size());
}

}  // namespace

std::optional<json> find_answer(std::string_view output, const Answer& wanted) {
  std::optional<json> answer;
  std::size_t looked_at_in_vain = 0;
  for (std::size_t start = 0; start < output.size();) {
    const std::string_view rest = output.substr(start);
    std::size_t line_end = end_of_line(rest, 0);
    if (rest.front() == '{' || rest.front() == '[') {
      const std::size_t length = length_of_value(rest);
      auto value = length == std::string_view::npos ? std::nullopt : base::json_in(rest.substr(0, length));
      if (value) {
        line_end = end_of_line(rest, length);
        const bool ends_its_line = base::trim(rest.substr(length, line_end - length)).empty();
        if (ends_its_line && is_wanted(*value, wanted)) {
          if (answer && *answer != *value) return std::nullopt;
          answer = std::move(value);
        }
      } else {
        looked_at_in_vain += std::min(length, rest.size());
        if (looked_at_in_vain / most_passes > output.size()) return std::nullopt;
      }
    }
    start += line_end + 1;
  }
  return answer;
}

}  // namespace openclaw
