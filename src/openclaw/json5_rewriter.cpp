// SPDX-License-Identifier: MIT
#include "openclaw/json5_rewriter.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>

namespace openclaw {
namespace {

using base::ErrorKind;

constexpr std::size_t deepest_nesting = 256;

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t size = 1;  // bytes
};
constexpr std::uint32_t replacement = 0xFFFD;

// One character of UTF-8; what is none counts as U+FFFD, one byte at a time, as Node reads a file.
CodePoint decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const std::uint32_t first = byte(at);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xF0 && first < 0xF5   ? 4
                           : first >= 0xE0 && first < 0xF0 ? 3
                           : first >= 0xC2 && first < 0xE0 ? 2
                                                           : 0;
  if (size == 0 || at + size > text.size()) return {replacement, 1};
  std::uint32_t value = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return {replacement, 1};
    value = (value << 6U) | (byte(at + i) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest[size] || value > 0x10FFFF || surrogate) return {replacement, 1};
  return {value, size};
}

void append_escaped_unit(std::string& out, std::uint32_t unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[(unit >> static_cast<unsigned>(shift)) & 0xFU];
}

bool is_line_end(std::uint32_t c) {
  return c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;
}

bool is_space(std::uint32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || c == 0xFEFF || is_line_end(c) || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F || c == 0x3000;
}

// ECMAScript asks Unicode which letters may start a name; here every character beyond ASCII may.
bool starts_identifier(std::uint32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '$' || c == '_' ||
         (c >= 0x80 && !is_space(c));
}
bool continues_identifier(std::uint32_t c) {
  return starts_identifier(c) || (c >= '0' && c <= '9');
}

class Json5Rewriter {
 public:
  Json5Rewriter(std::string_view text, std::string_view name) : text_(text), name_(name) {
    out_.reserve(text.size() + 16);
  }

  base::Result<std::string> rewrite() {
    if (value(0)) {
      skip_space();
      if (!failed() && !at_end()) complain("something after the end of the value");
    }
    if (failed()) return base::fail(ErrorKind::bad_input, *problem_);
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] bool failed() const { return problem_.has_value(); }
  [[nodiscard]] CodePoint peek() const { return decode(text_, at_); }
  [[nodiscard]] char byte(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  // Keeps the first problem only. Answers false, for `return complain(...)`.
  bool complain(std::string_view what) {
    if (!problem_)
      problem_ = "\"" + std::string(name_) + "\" is not JSON5: " + std::string(what) + " at " + position();
    return false;
  }

  [[nodiscard]] std::string position() const {
    std::size_t line = 1;
    std::size_t column = 1;
    for (std::size_t i = 0; i < at_ && i < text_.size();) {
      const CodePoint c = decode(text_, i);
      const bool carriage_return_of_pair = c.value == '\r' && i + 1 < text_.size() && text_[i + 1] == '\n';
      if (is_line_end(c.value) && !carriage_return_of_pair) {
        ++line;
        column = 1;
      } else {
        ++column;
      }
      i += c.size;
    }
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
  }

  void skip_space() {
    while (!at_end() && !failed()) {
      if (byte() == '/' && byte(1) == '/') {
        while (!at_end() && !is_line_end(peek().value)) at_ += peek().size;
      } else if (byte() == '/' && byte(1) == '*') {
        const std::size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) {
          complain("a comment without an end");
          return;
        }
        at_ = end + 2;
      } else if (is_space(peek().value)) {
        at_ += peek().size;
      } else {
        return;
      }
    }
  }

  bool value(std::size_t depth) {
    skip_space();
    if (failed()) return false;
    if (depth > deepest_nesting) return complain("nesting deeper than 256 levels");
    if (at_end()) return complain("the text ends where a value should be");
    switch (byte()) {
      case '{':
        return members(depth, '{', '}');
      case '[':
        return members(depth, '[', ']');
      case '"':
      case '\'':
        return string();
      default:
        break;
    }
    const char c = byte();
    if (c == '+' || c == '-' || c == '.' || (c >= '0' && c <= '9') || c == 'I' || c == 'N') return number();
    return literal();
  }

  // An object or an array: both are members between brackets, with an optional comma at the end.
  bool members(std::size_t depth, char open, char close) {
    out_ += open;
    ++at_;
    for (bool first = true;; first = false) {
      skip_space();
      if (failed()) return false;
      if (at_end()) return complain(open == '{' ? "an object without an end" : "an array without an end");
      if (byte() == close) break;
      if (!first) out_ += ',';
      if (open == '{' && !key()) return false;
      if (!value(depth + 1)) return false;
      skip_space();
      if (failed()) return false;
      if (byte() == ',') {
        ++at_;
      } else if (byte() != close || at_end()) {
        return complain(open == '{' ? "expected , or } in an object" : "expected , or ] in an array");
      }
    }
    ++at_;
    out_ += close;
    return true;
  }

  bool key() {
    if (byte() == '"' || byte() == '\'') {
      if (!string()) return false;
    } else if (!identifier()) {
      return false;
    }
    skip_space();
    if (failed()) return false;
    if (byte() != ':') return complain("expected : after the key");
    ++at_;
    out_ += ':';
    return true;
  }

  bool identifier() {
    out_ += '"';
    for (bool first = true; !at_end(); first = false) {
      CodePoint c = peek();
      if (c.value == '\\') {
        if (byte(1) != 'u') return complain("only \\u escapes are allowed in a key without quotes");
        at_ += 2;
        const std::optional<std::uint32_t> unit = hex(4);
        if (!unit) return complain("\\u needs four hexadecimal digits");
        c = {*unit, 0};
      }
      if (!(first ? starts_identifier(c.value) : continues_identifier(c.value))) {
        if (first) return complain("expected a key");
        break;
      }
      append(c.value);
      at_ += c.size;
    }
    out_ += '"';
    return true;
  }

  std::optional<std::uint32_t> hex(std::size_t digits) {
    std::uint32_t unit = 0;
    if (at_ + digits > text_.size()) return std::nullopt;
    const char* const begin = text_.data() + at_;
    const auto [end, problem] = std::from_chars(begin, begin + digits, unit, 16);
    if (problem != std::errc() || end != begin + digits) return std::nullopt;
    at_ += digits;
    return unit;
  }

  bool string() {
    const char quote = byte();
    ++at_;
    out_ += '"';
    while (!at_end()) {
      const CodePoint c = peek();
      if (c.value == static_cast<unsigned char>(quote)) {
        ++at_;
        out_ += '"';
        return true;
      }
      if (c.value == '\\') {
        ++at_;
        if (!escape()) return false;
        continue;
      }
      if (c.value == '\n' || c.value == '\r') return complain("a line ends inside a string");
      append(c.value);
      at_ += c.size;
    }
    return complain("a string without an end");
  }

  // After the backslash.
  bool escape() {
    if (at_end()) return complain("a string without an end");
    const CodePoint c = peek();
    constexpr std::string_view names = "bfnrtv0";
    constexpr std::string_view meanings("\b\f\n\r\t\v\0", 7);
    if (c.value == 'u' || c.value == 'x') {
      ++at_;
      const std::optional<std::uint32_t> unit = hex(c.value == 'u' ? 4 : 2);
      if (!unit) return complain("an escape with too few hexadecimal digits");
      return append_unit(*unit);
    }
    at_ += c.size;
    if (is_line_end(c.value)) {  // a line continuation is nothing at all
      if (c.value == '\r' && byte() == '\n') ++at_;
      return true;
    }
    const bool digit_follows = byte() >= '0' && byte() <= '9';
    if ((c.value >= '1' && c.value <= '9') || (c.value == '0' && digit_follows)) {
      return complain("octal escapes are not allowed");
    }
    const std::size_t known =
        c.value < 0x80 ? names.find(static_cast<char>(c.value)) : std::string_view::npos;
    append(known == std::string_view::npos ? c.value : static_cast<unsigned char>(meanings[known]));
    return true;
  }

  // A surrogate from a \u escape: joined with its other half, or U+FFFD without it, since UTF-8 has no lone
  // ones.
  bool append_unit(std::uint32_t unit) {
    const bool high = unit >= 0xD800 && unit <= 0xDBFF;
    if (high && byte() == '\\' && byte(1) == 'u') {
      const std::size_t back = at_;
      at_ += 2;
      const std::optional<std::uint32_t> low = hex(4);
      if (low && *low >= 0xDC00 && *low <= 0xDFFF) {
        append_escaped_unit(out_, unit);
        append_escaped_unit(out_, *low);
        return true;
      }
      at_ = back;
    }
    append(unit >= 0xD800 && unit <= 0xDFFF ? replacement : unit);
    return true;
  }

  void append(std::uint32_t c) {
    if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += static_cast<char>(c);
    } else if (c >= 0x20 && c < 0x7F) {
      out_ += static_cast<char>(c);
    } else if (c < 0x10000) {
      append_escaped_unit(out_, c >= 0xD800 && c <= 0xDFFF ? replacement : c);
    } else {
      append_escaped_unit(out_, 0xD800 + ((c - 0x10000) >> 10U));
      append_escaped_unit(out_, 0xDC00 + ((c - 0x10000) & 0x3FFU));
    }
  }

  bool literal() {
    for (const std::string_view word : {"true", "false", "null"}) {
      if (text_.substr(at_).starts_with(word) && ends_word(at_ + word.size())) {
        at_ += word.size();
        out_ += word;
        return true;
      }
    }
    return complain("expected a value");
  }

  [[nodiscard]] bool ends_word(std::size_t at) const {
    return at >= text_.size() || !continues_identifier(decode(text_, at).value);
  }

  bool number() {
    const bool negative = byte() == '-';
    if (byte() == '-' || byte() == '+') ++at_;
    for (const std::string_view word : {"Infinity", "NaN"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      if (!ends_word(at_ + word.size())) break;
      at_ += word.size();
      out_ += "null";  // JSON has no such numbers, and no setting of OpenClaw's means one
      return true;
    }
    const std::size_t start = at_;
    std::string digits;
    const bool hexadecimal = byte() == '0' && (byte(1) == 'x' || byte(1) == 'X');
    if (!(hexadecimal ? hexadecimal_number(digits) : decimal_number(digits)) || !ends_word(at_)) {
      at_ = start;
      return complain("a number that cannot be read");
    }
    out_ += std::isfinite(std::strtod(digits.c_str(), nullptr)) ? (negative ? "-" : "") + digits : "null";
    return true;
  }

  bool hexadecimal_number(std::string& digits) {
    const std::size_t end = text_.find_first_not_of("0123456789abcdefABCDEF", at_ + 2);
    const std::string_view body = text_.substr(at_ + 2, end == std::string_view::npos ? end : end - at_ - 2);
    std::uint64_t number = 0;
    const auto [stop, problem] = std::from_chars(body.data(), body.data() + body.size(), number, 16);
    if (problem != std::errc() || stop != body.data() + body.size()) return false;
    digits = std::to_string(number);
    at_ += 2 + body.size();
    return true;
  }

  void take_digits(std::string& digits) {
    while (byte() >= '0' && byte() <= '9') digits += text_[at_++];
  }

  // JSON wants a digit on both sides of the point; JSON5 one on either side.
  bool decimal_number(std::string& digits) {
    take_digits(digits);
    if (digits.size() > 1 && digits.front() == '0') return false;
    std::string fraction;
    if (byte() == '.') {
      ++at_;
      take_digits(fraction);
      if (digits.empty() && fraction.empty()) return false;
    } else if (digits.empty()) {
      return false;
    }
    if (digits.empty()) digits = "0";
    if (!fraction.empty()) digits += "." + fraction;
    if (byte() != 'e' && byte() != 'E') return true;
    ++at_;
    digits += 'e';
    if (byte() == '+' || byte() == '-') digits += text_[at_++];
    const std::size_t before = digits.size();
    take_digits(digits);
    return digits.size() > before;
  }

  std::string_view text_;
  std::string_view name_;
  std::size_t at_ = 0;
  std::string out_;
  std::optional<std::string> problem_;
};

}  // namespace

base::Result<std::string> json5_to_json(std::string_view text, std::string_view name) {
  return Json5Rewriter(text, name).rewrite();
}

}  // namespace openclaw
