// SPDX-License-Identifier: MIT
#include "base/secret_shapes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/redaction.hpp"
#include "base/text.hpp"

namespace base {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_letter(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alnum(char c) {
  return is_letter(c) || is_digit(c);
}
// Of the name of a variable, an option, a member or a setting of npm's.
bool is_of_name(char c) {
  return is_alnum(c) || c == '_' || c == '-' || c == '.' || c == '$';
}
bool is_quote(char c) {
  return c == '"' || c == '\'' || c == '`';
}
bool is_of_token(char c) {
  return is_alnum(c) || std::string_view("_-+/=.~%").find(c) != std::string_view::npos;
}

// Of a value without quotes, and of a word that may be a URL.
bool is_of_value(char c) {
  return c != ' ' && c != '&' && !is_quote(c);
}
bool is_of_url(char c) {
  return c != ' ' && !is_quote(c) && c != '<' && c != '>';
}
bool is_no_at_sign(char c) {
  return c != '@';
}
bool is_no_digit(char c) {
  return !is_digit(c);
}
bool is_no_letter(char c) {
  return !is_letter(c);
}

template <class Fits>
std::string_view leading(std::string_view text, Fits fits) {
  const auto end = std::find_if_not(text.begin(), text.end(), fits);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

std::string_view word_of(std::string_view text) {
  return leading(text, [](char c) { return c != ' '; });
}

// Where runs of characters end that many names within them may ask for ("key=key=key=..."): each is walked
// once, or a line of a megabyte would take hours.
class Line {
 public:
  explicit Line(std::string_view text) : text_(text) {}

  [[nodiscard]] std::string_view from(std::size_t at) const { return text_.substr(at); }
  [[nodiscard]] std::string_view before(std::size_t at) const { return text_.substr(0, at); }
  [[nodiscard]] std::string_view value_from(std::size_t at) { return run(value_, at, is_of_value); }
  [[nodiscard]] std::string_view url_from(std::size_t at) { return run(url_, at, is_of_url); }
  [[nodiscard]] std::string_view token_from(std::size_t at) { return run(token_, at, is_of_token); }
  [[nodiscard]] std::size_t next_at_sign(std::size_t at) {
    return at + run(at_sign_, at, is_no_at_sign).size();
  }
  // Letters and digits of some length, as no word has them: not a path, and no version. `text` is a part of a
  // token and begins at `at`.
  [[nodiscard]] bool looks_random(std::string_view text, std::size_t at, std::size_t least) {
    return text.size() >= least && text.front() != '/' && run(digit_, at, is_no_digit).size() < text.size() &&
           run(letter_, at, is_no_letter).size() < text.size();
  }

 private:
  struct Run {
    std::size_t begin = 1, end = 0;
  };
  std::string_view run(Run& last, std::size_t at, bool (*fits)(char)) {
    if (at < last.begin || at >= last.end) {
      const std::string_view rest = text_.substr(at);
      last = {at, at + leading(rest, fits).size()};
    }
    return text_.substr(at, last.end - at);
  }

  std::string_view text_;
  Run value_, url_, token_, at_sign_, digit_, letter_;
};

bool ends_with_any(std::string_view text, const auto& endings) {
  return std::ranges::any_of(endings, [&](std::string_view ending) { return text.ends_with(ending); });
}

// Letters and digits of some length, as no word has them: not a path, and no version.
bool looks_random(std::string_view text, std::size_t least) {
  return text.size() >= least && text.front() != '/' && std::ranges::all_of(text, is_of_token) &&
         std::ranges::any_of(text, is_digit) && std::ranges::any_of(text, is_letter);
}

// --- what a name says of its value

constexpr std::size_t least_after_perhaps = 12;

enum class Named { nothing, perhaps, secret };

constexpr std::array<std::string_view, 18> secret_names = {
    "token",      "secret",    "password",    "passwd",        "passphrase", "passcode",
    "apikey",     "accesskey", "secretkey",   "privatekey",    "signingkey", "encryptionkey",
    "credential", "authkey",   "credentials", "authorization", "cookie",     "connectionstring"};
// Names of other things, too: what they name counts when it looks like nothing else.
constexpr std::array<std::string_view, 10> perhaps_names = {"key",       "auth", "pass", "pat", "session",
                                                            "signature", "sig",  "code", "dsn", "creds"};

Named named(std::string_view name) {
  constexpr std::size_t longest = 128;
  if (name.size() > longest) return Named::nothing;
  std::string bare;
  for (const char c : name) {
    if (is_alnum(c)) bare += c;
  }
  bare = lower(bare);
  if (ends_with_any(bare, secret_names)) return Named::secret;
  // PWD is where a shell is; _auth and _password are npm's.
  if (bare.ends_with("pwd") && bare != "pwd" && bare != "oldpwd") return Named::secret;
  if (name.ends_with("_auth")) return Named::secret;
  return ends_with_any(bare, perhaps_names) ? Named::perhaps : Named::nothing;
}

// What people and programs write after "token:" when there is none.
bool says_there_is_none(std::string_view value) {
  constexpr std::array<std::string_view, 20> words = {
      "missing", "required", "invalid", "unset",    "undefined", "null",  "none",
      "not",     "is",       "must",    "expected", "true",      "false", "empty",
      "unknown", "expired",  "absent",  "present",  "rejected",  "no"};
  const std::string_view bare = value.substr(0, value.find_first_of(",;.)"));
  return std::ranges::find(words, lower(bare)) != words.end();
}

// --- one secret at the front of a text

// How much of the text is kept before the mark, and how much the mark stands for; `hidden` 0: none is there.
struct Shape {
  std::size_t kept = 0, hidden = 0;
};

// "://USER:PASSWORD@". ssh://git@host names an account and no secret.
Shape url_login(Line& line, std::size_t begin) {
  constexpr std::string_view separator = "://";
  if (!line.from(begin).starts_with(separator)) return {};
  const std::string_view before = line.before(begin);
  const std::size_t first = begin + separator.size();
  const std::string_view word = line.url_from(first);
  const std::string_view authority = word.substr(0, word.find_first_of("/?#"));
  std::size_t at = authority.rfind('@');
  if (at == std::string_view::npos) {
    // A password with a slash in it: what follows the colon is no port then.
    const std::size_t colon = authority.rfind(':');
    if (colon == std::string_view::npos || authority.ends_with(']')) return {};
    if (std::ranges::all_of(authority.substr(colon + 1), is_digit)) return {};
    at = line.next_at_sign(first) - first;
    if (at >= word.size()) return {};
  }
  const bool is_account = word.substr(0, at).find(':') == std::string_view::npos &&
                          (before.ends_with("ssh") || before.ends_with("git"));
  if (at == 0 || is_account) return {};
  return {separator.size(), at};
}

struct Prefix {
  std::string_view text;
  std::size_t least;  // bytes after it
};
constexpr std::array<Prefix, 15> token_prefixes = {{{"sk-", 16},
                                                    {"ghp_", 16},
                                                    {"gho_", 16},
                                                    {"ghs_", 16},
                                                    {"ghu_", 16},
                                                    {"github_pat_", 16},
                                                    {"glpat-", 16},
                                                    {"xoxb-", 10},
                                                    {"xoxp-", 10},
                                                    {"xoxa-", 10},
                                                    {"xapp-", 10},
                                                    {"AKIA", 16},
                                                    {"AIza", 30},
                                                    {"npm_", 30},
                                                    {"eyJ", 30}}};

// At the beginning of a word.
Shape known_token(std::string_view text) {
  const std::string_view word =
      leading(text, [](char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; });
  for (const Prefix& prefix : token_prefixes) {
    if (!word.starts_with(prefix.text)) continue;
    const std::string_view rest = word.substr(prefix.text.size());
    const bool is_name = prefix.text == "npm_" && rest.find('_') != std::string_view::npos;  // npm_config_...
    if (rest.size() >= prefix.least && std::ranges::any_of(rest, is_digit) && !is_name)
      return {0, word.size()};
  }
  // Telegram's, which is a part of its addresses: bot123456789:AA...
  std::string_view number = text;
  if (number.starts_with("bot")) number.remove_prefix(3);
  const std::string_view digits = leading(number, is_digit);
  const std::size_t before = text.size() - number.size() + digits.size();
  if (digits.size() < 6 || before == text.size() || text[before] != ':') return {};
  const std::string_view rest =
      leading(text.substr(before + 1), [](char c) { return is_alnum(c) || c == '_' || c == '-'; });
  return rest.size() >= 30 ? Shape{0, before + 1 + rest.size()} : Shape{};
}

bool is_scheme(std::string_view word) {
  if (word.size() > std::string_view("bearer").size()) return false;
  const std::string name = lower(word);
  return name == "bearer" || name == "basic";
}

// "Bearer ..."; not "basic authentication".
Shape after_scheme(std::string_view text, std::string_view name) {
  if (!is_scheme(name)) return {};
  std::size_t at = name.size();
  while (at < text.size() && text[at] == ' ') ++at;
  if (at == name.size()) return {};
  const std::string_view token = leading(text.substr(at), is_of_token);
  return token.size() >= 8 && !std::ranges::all_of(token, is_lower) ? Shape{at, token.size()} : Shape{};
}

std::size_t skipped(std::string_view text, std::size_t at, char c) {
  while (at < text.size() && text[at] == c) ++at;
  return at;
}

// A quote, escaped as often as the JSON around it is nested; how many bytes it takes, or 0.
std::size_t quote_length(std::string_view text) {
  const std::size_t slashes = skipped(text, 0, '\\');
  return slashes < text.size() && is_quote(text[slashes]) ? slashes + 1 : 0;
}

// Until the same quote that is escaped as often; a text that is cut off ends the value, too.
std::size_t quoted_length(std::string_view value, std::string_view quote) {
  for (std::size_t at = value.find(quote); at != std::string_view::npos; at = value.find(quote, at + 1)) {
    if (at == 0 || value[at - 1] != '\\') return at;
  }
  return value.size();
}

// Kept out already, or the name of a variable.
bool stands_for_a_value(std::string_view text) {
  constexpr std::size_t longest = 256;
  return text == hidden_value ||
         (text.size() <= longest && text.starts_with("${") && text.find('}') == text.size() - 1);
}

// The value from `at` on.
Shape value_at(Line& line, std::size_t begin, std::size_t at, Named kind, bool may_be_prose) {
  const std::string_view rest = line.from(begin + at);
  if (const std::size_t quote = quote_length(rest); quote > 0) {
    const std::size_t size = quoted_length(rest.substr(quote), rest.substr(0, quote));
    if (stands_for_a_value(rest.substr(quote, size))) return {};
    const bool counts = kind == Named::secret || looks_random(rest.substr(quote, size), least_after_perhaps);
    return counts ? Shape{at + quote, size} : Shape{};
  }
  const std::string_view value = line.value_from(begin + at);
  if (stands_for_a_value(value)) return {};
  if (kind == Named::perhaps) {
    // No character of a token ends a value.
    const std::string_view token = line.token_from(begin + at);
    return line.looks_random(token, begin + at, least_after_perhaps) ? Shape{at, token.size()} : Shape{};
  }
  if (may_be_prose && says_there_is_none(value)) return {};
  if (!is_scheme(value)) return {at, value.size()};
  const std::size_t next = skipped(rest, value.size(), ' ');
  return {at, next + word_of(rest.substr(next)).size()};
}

// NAME=VALUE, NAME: VALUE, "NAME":"VALUE", --NAME VALUE, and a name with something random after it.
Shape named_value(Line& line, std::size_t start, std::string_view name) {
  const Named kind = named(name);
  if (kind == Named::nothing) return {};
  const std::string_view text = line.from(start);
  std::size_t at = name.size();
  at += quote_length(text.substr(at));
  const std::size_t after_blanks = skipped(text, at, ' ');
  if (after_blanks < text.size() && (text[after_blanks] == ':' || text[after_blanks] == '=')) {
    std::size_t value = after_blanks + 1;
    if (value < text.size() && text[value] == '>') ++value;
    const std::size_t begin = skipped(text, value, ' ');
    const std::string bare = lower(name);
    if (bare.ends_with("cookie") && begin < text.size()) return {begin, text.size() - begin};
    return value_at(line, start, begin, kind, text[after_blanks] == ':' && begin > value);
  }
  if (after_blanks == at || after_blanks == text.size()) return {};
  const std::string_view next = word_of(text.substr(after_blanks));
  const bool is_option = name.starts_with("--") && kind == Named::secret;
  if (is_option && !next.starts_with('-')) return value_at(line, start, after_blanks, kind, false);
  const std::string_view token = leading(next, is_of_token);
  return looks_random(token, 16) ? Shape{after_blanks, token.size()} : Shape{};
}

// `is_after_mark`: what stood before is hidden, and no part of a name.
Shape shape_at(Line& line, std::size_t at, bool is_after_mark) {
  const std::string_view text = line.from(at);
  if (const Shape login = url_login(line, at); login.hidden > 0) return login;
  const bool starts_name =
      is_of_name(text.front()) && (at == 0 || is_after_mark || !is_of_name(line.before(at).back()));
  if (!starts_name) return {};
  if (const Shape token = known_token(text); token.hidden > 0) return token;
  const std::string_view name = leading(text, is_of_name);
  if (const Shape token = after_scheme(text, name); token.hidden > 0) return token;
  return named_value(line, at, name);
}

}  // namespace

bool is_named_secret(std::string_view name, std::string_view value) {
  const Named kind = named(name);
  return kind == Named::secret || (kind == Named::perhaps && looks_random(value, least_after_perhaps));
}

std::string without_secret_shapes(std::string_view line) {
  std::string text;
  text.reserve(line.size());
  Line runs(line);
  std::size_t end_of_mark = std::string_view::npos;
  for (std::size_t at = 0; at < line.size();) {
    const Shape shape = shape_at(runs, at, at == end_of_mark);
    if (shape.hidden == 0) {
      text += line[at++];
      continue;
    }
    text += line.substr(at, shape.kept);
    text += redaction_mark;
    at += shape.kept + shape.hidden;
    end_of_mark = at;
  }
  return text;
}

}  // namespace base
