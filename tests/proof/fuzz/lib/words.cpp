// SPDX-License-Identifier: MIT
#include "lib/words.hpp"

#include <algorithm>

namespace target {
namespace {

// By another way than base::printable(), which it judges.
bool is_utf8(std::string_view text) {
  try {
    (void)nlohmann::json(std::string(text)).dump();
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

bool has_upper_control_character(std::string_view text) {
  for (std::size_t at = text.find('\xc2'); at != std::string_view::npos; at = text.find('\xc2', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string_view> parts_of(std::string_view input, std::size_t count) {
  constexpr std::string_view mark = "\n%%\n";
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < count) {
    const std::size_t end = input.find(mark);
    parts.push_back(input.substr(0, end));
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + mark.size());
  }
  parts.push_back(input);
  return parts;
}

unsigned take_byte(std::string_view& input) {
  if (input.empty()) return 0;
  const auto byte = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  return byte;
}

bool is_printable(std::string_view text) {
  const bool has_control_character = std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
  return !has_control_character && is_utf8(text) && !has_upper_control_character(text) &&
         !has_any(text, {"\u2028", "\u2029", "\u061c", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c",
                         "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"});
}

bool is_plain_name(std::string_view text) {
  return !text.empty() && text != "." && text != ".." && text.find('/') == std::string_view::npos &&
         text.find('\0') == std::string_view::npos;
}

bool all_printable(const nlohmann::json& value) {
  if (value.is_string()) return is_printable(value.get_ref<const std::string&>());
  if (value.is_array()) return std::all_of(value.begin(), value.end(), all_printable);
  if (!value.is_object()) return true;
  const auto& members = value.get_ref<const nlohmann::json::object_t&>();
  return std::all_of(members.begin(), members.end(), [](const auto& member) {
    return is_printable(member.first) && all_printable(member.second);
  });
}

}  // namespace target
