// SPDX-License-Identifier: MIT
#include "systemd/environment_file.hpp"

#include <utility>

#include "base/text.hpp"

namespace systemd {
namespace {

bool is_line_end(char c) {
  return c == '\n' || c == '\r';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || is_line_end(c);
}

bool is_key(std::string_view text) {
  constexpr std::string_view characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
  return !text.empty() && (text.front() < '0' || text.front() > '9') &&
         text.find_first_not_of(characters) == std::string_view::npos;
}

// By its states (src/basic/env-file.c of systemd 252, compared byte for byte with what that answers). A value
// of several lines, as a private key has, must not have one of its lines taken for a name.
class Reader {
 public:
  std::vector<std::string> keys;

  void take(char c) {
    switch (in_) {
      case In::line_start:
        return begin(c);
      case In::comment:
        in_ = c == '\\' ? In::comment_escape : is_line_end(c) ? In::line_start : In::comment;
        return;
      case In::comment_escape:
        in_ = In::comment;
        return;
      case In::key:
        return take_key(c);
      default:
        return take_value(c);
    }
  }
  void end() {
    if (in_ >= In::before_value) end_line();
  }

 private:
  // Those from before_value on have a key.
  enum class In {
    line_start,
    comment,
    comment_escape,
    key,
    before_value,
    value,
    value_escape,
    single_quotes,
    double_quotes,
    quoted_escape
  };

  void begin(char c) {
    if (c == '#' || c == ';') {
      in_ = In::comment;
    } else if (!is_blank(c)) {
      in_ = In::key;
      key_.assign(1, c);
    }
  }
  void take_key(char c) {
    if (is_line_end(c)) {
      in_ = In::line_start;
    } else if (c == '=') {
      in_ = In::before_value;
    } else {
      key_ += c;
    }
  }
  void take_value(char c) {
    switch (in_) {
      case In::before_value:
        if (is_line_end(c)) {
          end_line();
        } else if (c == '\'' || c == '"') {
          in_ = c == '"' ? In::double_quotes : In::single_quotes;
        } else if (c == '\\') {
          in_ = In::value_escape;
        } else if (!is_blank(c)) {
          in_ = In::value;
        }
        return;
      case In::value:
        if (is_line_end(c)) {
          end_line();
        } else if (c == '\\') {
          in_ = In::value_escape;
        }
        return;
      case In::value_escape:
        in_ = In::value;
        return;
      case In::single_quotes:
        if (c == '\'') in_ = In::before_value;
        return;
      case In::double_quotes:
        in_ = c == '"' ? In::before_value : c == '\\' ? In::quoted_escape : In::double_quotes;
        return;
      default:
        in_ = In::double_quotes;
        return;
    }
  }
  void end_line() {
    in_ = In::line_start;
    const std::string_view key = base::trim(key_);
    if (is_key(key)) keys.emplace_back(key);
    key_.clear();
  }

  In in_ = In::line_start;
  std::string key_;
};

}  // namespace

std::vector<std::string> environment_file_keys(std::string_view text) {
  Reader reader;
  for (const char c : text) reader.take(c);
  reader.end();
  return std::move(reader.keys);
}

}  // namespace systemd
