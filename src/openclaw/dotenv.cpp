// SPDX-License-Identifier: MIT
#include "openclaw/dotenv.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "openclaw/environment.hpp"

namespace openclaw {
namespace {

constexpr std::string_view spaces = " \t\n\v\f";
constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
constexpr std::string_view digits = "0123456789";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string with_plain_line_ends(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    plain += text[i] == '\r' ? '\n' : text[i];
  }
  return plain;
}

std::string replace_all(std::string_view text, std::string_view what, std::string_view with) {
  std::string replaced;
  replaced.reserve(text.size());
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what)) {
    replaced.append(text.substr(0, at)).append(with);
    text.remove_prefix(at + what.size());
  }
  return replaced.append(text);
}

// Reads assignments from the line that `at_` is in; every member leaves `at_` where it stopped.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  base::Environment read() {
    base::Environment variables;
    while (at_ < text_.size()) {
      // From each of the empty lines on the way the same would be found.
      const std::size_t line = after_spaces(at_);
      const std::optional<std::string_view> name = assigned_name();
      if (!name) {
        at_ = after_line(line);
        continue;
      }
      std::string value = take_value();
      if (is_variable_name(*name)) variables.insert_or_assign(std::string(*name), std::move(value));
      at_ = after_line(at_);
    }
    return variables;
  }

 private:
  [[nodiscard]] std::size_t after_line(std::size_t from) const {
    return std::min(text_.find('\n', from), text_.size() - 1) + 1;
  }
  [[nodiscard]] std::size_t after_spaces(std::size_t from) const {
    return std::min(text_.find_first_not_of(spaces, from), text_.size());
  }
  [[nodiscard]] bool is_at(std::size_t at, char wanted) const {
    return at < text_.size() && text_[at] == wanted;
  }

  std::optional<std::string_view> assigned_name() {
    const std::size_t start = after_spaces(at_);
    constexpr std::string_view prefix = "export";
    if (text_.substr(start).starts_with(prefix)) {
      const std::size_t next = after_spaces(start + prefix.size());
      if (next > start + prefix.size()) {
        if (const auto name = name_at(next)) return name;
      }
    }
    return name_at(start);
  }

  std::optional<std::string_view> name_at(std::size_t start) {
    const std::string allowed = base::concat({letters, digits, ".-"});
    const std::size_t end = std::min(text_.find_first_not_of(allowed, start), text_.size());
    if (end == start) return std::nullopt;
    const std::size_t equals = after_spaces(end);
    if (is_at(equals, '=')) {
      at_ = equals + 1;
    } else if (is_at(end, ':') && after_spaces(end + 1) > end + 1) {
      at_ = end + 2;
    } else {
      return std::nullopt;
    }
    return text_.substr(start, end - start);
  }

  // Even a value on a later line counts, when it is quoted.
  std::string take_value() {
    const std::size_t begin = after_spaces(at_);
    if (begin < text_.size() && std::string_view("'\"`").find(text_[begin]) != std::string_view::npos) {
      if (const auto close = closing_quote(begin)) {
        at_ = *close + 1;
        return unquoted(text_.substr(begin, at_ - begin));
      }
    }
    const std::size_t end = std::min(text_.find_first_of("#\n", at_), text_.size());
    const std::string_view value = base::trim(text_.substr(at_, end - at_));
    at_ = end;
    return unquoted(value);
  }

  // A quote after a backslash is part of the value, unless no other one ends it.
  [[nodiscard]] std::optional<std::size_t> closing_quote(std::size_t open) const {
    const char quote = text_[open];
    std::vector<std::size_t> escaped;
    for (std::size_t at = open + 1; at < text_.size(); ++at) {
      if (text_[at] == '\\' && is_at(at + 1, quote)) {
        escaped.push_back(++at);
      } else if (text_[at] == quote) {
        if (is_end(at + 1)) return at;
        break;
      }
    }
    const auto last =
        std::find_if(escaped.rbegin(), escaped.rend(), [this](std::size_t at) { return is_end(at + 1); });
    return last == escaped.rend() ? std::nullopt : std::optional(*last);
  }

  [[nodiscard]] bool is_end(std::size_t at) const {
    const std::size_t next = after_spaces(at);
    return next == text_.size() || text_[next] == '#' ||
           text_.substr(at, next - at).find('\n') != std::string_view::npos;
  }

  static std::string unquoted(std::string_view value) {
    const char quote = value.empty() ? '\0' : value.front();
    const bool quoted = value.size() >= 2 && value.back() == quote &&
                        std::string_view("'\"`").find(quote) != std::string_view::npos;
    std::string text(quoted ? value.substr(1, value.size() - 2) : value);
    return quote == '"' ? replace_all(replace_all(text, "\\n", "\n"), "\\r", "\r") : text;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

base::Environment parse_dotenv(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const std::string plain = with_plain_line_ends(text);
  return Reader(plain).read();
}

}  // namespace openclaw
