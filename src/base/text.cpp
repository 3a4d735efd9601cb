// SPDX-License-Identifier: MIT
#include "base/text.hpp"

#include <array>
#include <cstddef>

namespace base {
namespace {

constexpr std::string_view whitespace = " \t\r\n\v\f";

struct Decoded {
  std::size_t length = 1;
  char32_t code_point = 0;
  bool valid = false;
};

// One strictly valid UTF-8 character (no overlong forms, no surrogates), or one invalid byte.
Decoded decode_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {1, first, true};
  std::size_t length = 0;
  char32_t code_point = 0;
  char32_t smallest = 0;
  if ((first & 0xe0U) == 0xc0) {
    length = 2, code_point = first & 0x1fU, smallest = 0x80;
  } else if ((first & 0xf0U) == 0xe0) {
    length = 3, code_point = first & 0x0fU, smallest = 0x800;
  } else if ((first & 0xf8U) == 0xf0) {
    length = 4, code_point = first & 0x07U, smallest = 0x10000;
  }
  if (length == 0 || text.size() < length) return {};
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {};
    code_point = (code_point << 6U) | (byte(i) & 0x3fU);
  }
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (code_point < smallest || code_point > 0x10ffff || surrogate) return {};
  return {length, code_point, true};
}

bool between(char c, char low, char high) {
  return c >= low && c <= high;
}

// Length of the terminal escape sequence that `text` starts with (ECMA-48), or 0.
std::size_t escape_length(std::string_view text) {
  if (text.empty() || text[0] != '\x1b') return 0;
  std::size_t i = 1;
  if (i == text.size()) return i;
  if (text[i] == '[') {  // CSI: parameters, intermediates, one final byte
    for (++i; i < text.size() && between(text[i], '\x20', '\x3f'); ++i) {
    }
    return i < text.size() && between(text[i], '\x40', '\x7e') ? i + 1 : i;
  }
  if (std::string_view("]PX^_").find(text[i]) != std::string_view::npos) {  // OSC, DCS, SOS, PM, APC
    for (std::size_t end = i + 1; end < text.size() && text[end] != '\n'; ++end) {
      if (text[end] == '\a') return end + 1;
      if (text[end] != '\x1b') continue;
      return end + 1 < text.size() && text[end + 1] == '\\' ? end + 2 : end;
    }
    // One that is never closed hides nothing of what follows, which may be ours.
    return i + 1;
  }
  for (; i < text.size() && between(text[i], '\x20', '\x2f'); ++i) {
  }
  return i < text.size() && between(text[i], '\x30', '\x7e') ? i + 1 : i;
}

// Line and paragraph separators, the bidirectional overrides that show text in another order than it has, and
// what is not shown at all: deprecated formats, annotations, tags.
bool deceives(char32_t c) {
  return c == 0x2028 || c == 0x2029 || c == 0x061c || c == 0x200e || c == 0x200f ||
         (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x206f) || (c >= 0xfff9 && c <= 0xfffb) ||
         (c >= 0xe0000 && c <= 0xe007f);
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

}  // namespace

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(whitespace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(whitespace) - first + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  // ASCII only, and whatever the locale is: these are option names and versions, not prose.
  for (char& c : result) {
    if (between(c, 'A', 'Z')) c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> fields;
  for (;;) {
    const std::size_t end = text.find(separator);
    fields.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return fields;
    text.remove_prefix(end + 1);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (&part != parts.data()) text += separator;
    text += part;
  }
  return text;
}

std::string concat(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  std::string text;
  text.reserve(size);
  for (const std::string_view part : parts) text += part;
  return text;
}

std::string count(std::uint64_t number, std::string_view singular, std::string_view plural) {
  return std::to_string(number) + " " + std::string(number == 1 ? singular : plural);
}

std::string human_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  static constexpr std::array<std::string_view, 6> units = {"kB", "MB", "GB", "TB", "PB", "EB"};
  std::uint64_t tenth = 100;  // of one kB
  for (std::size_t i = 0;; ++i, tenth *= 1000) {
    const std::uint64_t tenths = bytes / tenth + (bytes % tenth >= tenth / 2 ? 1 : 0);
    if (tenths < 10'000 || i + 1 == units.size()) {
      return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " " + std::string(units[i]);
    }
  }
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Decoded character = decode_utf8(text);
    if (!character.valid) return false;
    text.remove_prefix(character.length);
  }
  return true;
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string clean;
  while (!text.empty()) {
    if (const std::size_t escape = escape_length(text); escape > 0) {
      text.remove_prefix(escape);
      continue;
    }
    const Decoded character = decode_utf8(text);
    std::string_view piece = text.substr(0, character.length);
    if (!character.valid) {
      piece = "?";
    } else if (piece.size() == 1 && whitespace.find(piece[0]) != std::string_view::npos) {
      // A line end becomes a space: words stay apart, and one message stays one line of the journal. A run of
      // line ends and indentation is one space.
      piece = piece[0] != ' ' && (clean.empty() || clean.back() == ' ') ? "" : " ";
    } else if (is_control(character.code_point) || deceives(character.code_point)) {
      piece = "";
    }
    if (clean.size() + piece.size() > limit) break;
    clean += piece;
    text.remove_prefix(character.length);
  }
  return clean;
}

}  // namespace base
