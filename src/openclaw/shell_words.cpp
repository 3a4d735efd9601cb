// SPDX-License-Identifier: MIT
#include "openclaw/shell_words.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace openclaw {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::string_view blanks = " \t\r";
constexpr std::string_view name_start = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

tl::unexpected<base::Error> reason(std::string_view text) {
  return base::fail(ErrorKind::bad_input, std::string(text));
}

struct Unplain {
  char character;
  std::string_view reason;
};
// Outside of quotes.
constexpr std::array unplain{
    Unplain{'|', "has a pipe or an alternative"}, Unplain{'<', "redirects its input"},
    Unplain{'>', "redirects its output"},         Unplain{'(', "has a group of commands"},
    Unplain{')', "has a group of commands"},      Unplain{'*', "has a pattern of file names"},
    Unplain{'?', "has a pattern of file names"}};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<std::vector<PlainCommand>> read() {
    while (at_ < text_.size()) {
      if (auto taken = take(); !taken) return base::pass(taken.error());
    }
    if (quote_ != '\0') return reason("has an unclosed quote");
    end_command();
    return std::move(commands_);
  }

 private:
  [[nodiscard]] char next(std::size_t ahead = 1) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  std::string& word() {
    if (!word_) word_.emplace();
    return *word_;
  }
  void end_word() {
    if (word_) command_.push_back(std::move(*word_));
    word_.reset();
  }
  void end_command() {
    end_word();
    if (!command_.empty()) commands_.push_back(std::move(command_));
    command_.clear();
  }

  Result<void> take() {
    const char c = text_[at_];
    if (quote_ == '\'') {
      if (c != '\'') {
        word().append(c == '$' ? 2 : 1, c);
      } else {
        quote_ = '\0';
      }
      ++at_;
      return {};
    }
    if (c == '$' || c == '`') return take_expansion();
    if (c == '\\') return take_escape();
    if (c == '"') {
      quote_ = quote_ == '"' ? '\0' : '"';
      word();
      ++at_;
      return {};
    }
    if (quote_ == '"') {
      word() += c;
      ++at_;
      return {};
    }
    return take_unquoted(c);
  }

  Result<void> take_unquoted(char c) {
    for (const Unplain& row : unplain) {
      if (c == row.character) return reason(row.reason);
    }
    ++at_;
    if (blanks.find(c) != std::string_view::npos) {
      end_word();
    } else if (c == '\n' || c == ';') {
      end_command();
    } else if (c == '&') {
      if (at_ >= text_.size() || text_[at_] != '&') return reason("starts a background process");
      ++at_;
      end_command();
    } else if (c == '\'') {
      quote_ = '\'';
      word();
    } else if (c == '#' && !word_) {
      while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    } else if (c == '~' && !word_ && (at_ == text_.size() || text_[at_] == '/')) {
      word() += "${HOME}";
    } else {
      word() += c;
    }
    return {};
  }

  Result<void> take_escape() {
    const char c = next();
    if (c == '\0') return reason("ends with a backslash");
    constexpr std::string_view escapable_in_quotes = "$`\"\\\n";
    const bool stays = quote_ == '"' && escapable_in_quotes.find(c) == std::string_view::npos;
    at_ += 2;
    if (c == '\n') return {};  // the line goes on
    if (stays) word() += '\\';
    word().append(c == '$' ? 2 : 1, c);
    return {};
  }

  Result<void> take_expansion() {
    // "$$NAME" is what ExecStart= needs for the shell's own "$NAME"; a process id would be no argument.
    if (text_[at_] == '$' && next() == '$') ++at_;
    if (text_[at_] == '`' || next() == '(') return take_output();
    ++at_;
    if (at_ >= text_.size()) {
      word() += "$$";
      return {};
    }
    if (text_[at_] == '{') return take_braces();
    if (text_[at_] == '@' || text_[at_] == '*') {
      ++at_;
      word() += "${@}";
      return {};
    }
    std::size_t length = 0;
    if (name_start.find(text_[at_]) != std::string_view::npos) {
      while (at_ + length < text_.size() &&
             name_characters.find(text_[at_ + length]) != std::string_view::npos) {
        ++length;
      }
    } else if (text_[at_] >= '0' && text_[at_] <= '9') {
      length = 1;
    }
    if (length == 0) {
      word() += "$$";
      return {};
    }
    word().append("${").append(text_.substr(at_, length)).append("}");
    at_ += length;
    return {};
  }

  Result<void> take_braces() {
    const std::size_t end = text_.find('}', at_);
    if (end == std::string_view::npos) return reason("has an unclosed ${");
    const std::string_view name = text_.substr(at_ + 1, end - at_ - 1);
    if (name != "@" && name != "*" && name.find_first_not_of(name_characters) != std::string_view::npos) {
      const std::size_t end_of_name = std::min(name.find_first_not_of(name_characters), std::size_t{40});
      return reason("modifies a variable (${" + std::string(name.substr(0, end_of_name)) + "...})");
    }
    word().append("${").append(name == "*" ? "@" : name).append("}");
    at_ = end + 1;
    return {};
  }

  // What is between the quotes or parentheses is left out whole.
  Result<void> take_output() {
    if (text_[at_] == '`') {
      const std::size_t end = text_.find('`', at_ + 1);
      if (end == std::string_view::npos) return reason("has an unclosed `");
      at_ = end + 1;
    } else {
      int depth = 0;
      for (++at_; at_ < text_.size(); ++at_) {
        if (text_[at_] == '(') ++depth;
        if (text_[at_] == ')' && --depth == 0) break;
      }
      if (depth != 0) return reason("has an unclosed $(");
      ++at_;
    }
    word() += command_output;
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  char quote_ = '\0';
  std::optional<std::string> word_;  // so that "" is a word, an empty one
  PlainCommand command_;
  std::vector<PlainCommand> commands_;
};

}  // namespace

Result<std::vector<PlainCommand>> plain_commands(std::string_view text) {
  return Reader(text).read();
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace openclaw
