// SPDX-License-Identifier: MIT
#include "config/ini_text.hpp"

#include <ini.h>

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/redaction.hpp"
#include "base/text.hpp"

namespace config {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

// Feeds inih line by line. That is how line numbers are known (Debian's library does not pass them on), and
// how an over-long line is found before inih parses its second half as a line of its own.
class Parser {
 public:
  Parser(std::string_view text, const std::string& file) : rest_(text), file_(file) {
    if (rest_.substr(0, byte_order_mark.size()) == byte_order_mark) {
      rest_.remove_prefix(byte_order_mark.size());
    }
  }

  base::Result<std::vector<Assignment>> run() {
    const int status = ::ini_parse_stream(&Parser::next_line, this, &Parser::assign, this);
    if (error_) return base::pass(std::move(*error_));
    if (status > 0) {
      return fail_at_line(file_, static_cast<unsigned>(status),
                          "neither a [section] nor a 'key = value'; begin comments with '#'");
    }
    if (status < 0) return base::fail(base::ErrorKind::system, file_ + ": out of memory");
    return std::move(assignments_);
  }

 private:
  // fgets(3), with what would be misread refused. Null ends the text.
  static char* next_line(char* buffer, int size, void* self) {
    return static_cast<Parser*>(self)->next_line(buffer, static_cast<std::size_t>(size));
  }

  char* next_line(char* buffer, std::size_t size) {
    if (rest_.empty() || error_) return nullptr;
    const std::size_t newline = rest_.find('\n');
    std::string_view line = rest_.substr(0, newline);
    rest_.remove_prefix(newline == std::string_view::npos ? rest_.size() : newline + 1);
    ++line_;
    // An indented line would continue the value before it; here indentation means nothing.
    line = base::trim(line);
    if (!line.empty() && (line.front() == '#' || line.front() == ';')) line = {};  // of any length
    check(line, size);
    if (error_) return nullptr;
    std::copy(line.begin(), line.end(), buffer);
    buffer[line.size()] = '\0';
    return buffer;
  }

  void check(std::string_view line, std::size_t size) {
    // inih keeps room for CR, LF and NUL in its buffer, which has 200 bytes in all distributions.
    if (line.size() + 3 > size) {
      refuse("the line is longer than " + std::to_string(size - 3) + " bytes");
    } else if (line.find('\0') != std::string_view::npos) {
      refuse("the line has a NUL byte; is this a text file?");
    } else if (!line.empty() && line.front() == '[') {
      check_section(line);
    }
  }

  // inih would pass over what follows the bracket: "[stage] policy = fail".
  void check_section(std::string_view text) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return;  // inih's error
    const std::string_view after = base::trim(text.substr(end + 1));
    if (!after.empty() && after.front() != ';' && after.front() != '#') {
      refuse("'" + base::redacted(after, 64) + "' after " + base::printable(text.substr(0, end + 1), 64) +
             "; put it on a separate line");
    }
  }

  void refuse(const std::string& what) {
    if (!error_) error_ = fail_at_line(file_, line_, what).value();
  }

  static int assign(void* self, const char* section, const char* key, const char* value) {
    auto* parser = static_cast<Parser*>(self);
    parser->assignments_.push_back({section, key, value != nullptr ? value : "", parser->line_});
    return 1;
  }

  std::string_view rest_;
  const std::string& file_;
  unsigned line_ = 0;
  std::vector<Assignment> assignments_;
  std::optional<base::Error> error_;
};

}  // namespace

base::Result<std::vector<Assignment>> read_ini(std::string_view text, const std::string& file) {
  return Parser(text, file).run();
}

tl::unexpected<base::Error> fail_at_line(const std::string& file, unsigned line, const std::string& what) {
  return base::fail(base::ErrorKind::bad_input, file + ":" + std::to_string(line) + ": " + what);
}

}  // namespace config
