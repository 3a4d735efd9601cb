// SPDX-License-Identifier: MIT
#include "base/redaction.hpp"

#include <algorithm>
#include <array>

#include "base/secret_shapes.hpp"
#include "base/text.hpp"

namespace base {
namespace {

constexpr std::size_t shortest_secret = 8;
// Set by systemd, a shell, a locale or ourselves, and no secret whatever their value is; in lower case.
constexpr std::array<std::string_view, 27> harmless = {"path",
                                                       "home",
                                                       "user",
                                                       "logname",
                                                       "shell",
                                                       "lang",
                                                       "language",
                                                       "term",
                                                       "tz",
                                                       "pwd",
                                                       "oldpwd",
                                                       "tmpdir",
                                                       "hostname",
                                                       "invocation_id",
                                                       "journal_stream",
                                                       "notify_socket",
                                                       "systemd_exec_pid",
                                                       "memory_pressure_watch",
                                                       "memory_pressure_write",
                                                       "node_env",
                                                       "node_options",
                                                       "git_ssh_command",
                                                       "http_proxy",
                                                       "https_proxy",
                                                       "all_proxy",
                                                       "no_proxy",
                                                       "openclaw_systemd_unit"};
constexpr std::array<std::string_view, 3> harmless_prefixes = {"lc_", "xdg_", "npm_"};
// Whatever else a name says.
constexpr std::array<std::string_view, 7> telling = {"token", "key",  "secret",    "pass",
                                                     "auth",  "cred", "connection"};

bool is_set_by_others(std::string_view name) {
  const std::string bare = lower(name);
  const auto tells = [&](std::string_view part) { return bare.find(part) != std::string::npos; };
  if (std::ranges::any_of(telling, tells)) return false;
  return std::ranges::find(harmless, bare) != harmless.end() ||
         std::ranges::any_of(harmless_prefixes,
                             [&](std::string_view prefix) { return bare.starts_with(prefix); });
}

// A version, a port, a number of an account.
bool is_number(std::string_view value) {
  return !value.empty() && value.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_harmless(std::string_view name, std::string_view value) {
  return is_set_by_others(name) || (is_number(value) && !is_named_secret(name, value));
}

// A switch of OpenClaw's ("external") or of Node's is a word that messages have as well.
bool is_word_or_path(std::string_view value) {
  constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz";
  return value.starts_with('/') || value.find_first_not_of(alphabet) == std::string_view::npos;
}

std::string as_json(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

std::string as_url(std::string_view value) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string text;
  for (const char c : value) {
    if (plain.find(c) != std::string_view::npos) {
      text += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text += {'%', hex[byte >> 4U], hex[byte & 0xfU]};
    }
  }
  return text;
}

// Of "scheme://user:password@host": "password".
std::string_view password_in(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t at = url.rfind('@');
  if (scheme == std::string_view::npos || at == std::string_view::npos || at < scheme) return {};
  const std::size_t colon = url.find(':', scheme + 1);
  return colon < at ? url.substr(colon + 1, at - colon - 1) : std::string_view();
}

std::string_view unquoted(std::string_view value) {
  value = trim(value);
  while (!value.empty() && (value.front() == '"' || value.front() == '\'')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == '"' || value.back() == '\'' || value.back() == '\\')) {
    value.remove_suffix(1);
  }
  return trim(value);
}

std::string with_marks(std::string text, const std::string& value) {
  std::string_view rest = text;
  std::size_t at = rest.find(value);
  if (at == std::string_view::npos) return text;
  std::string marked;
  for (; at != std::string_view::npos; at = rest.find(value)) {
    marked.append(rest.substr(0, at)).append(redaction_mark);
    rest.remove_prefix(at + value.size());
  }
  return marked.append(rest);
}

// What a reader with a limit has cut off in the middle still begins like the secret.
void hide_cut_value(std::string& text, const std::string& value) {
  constexpr std::size_t shortest_cut_line = 1000;
  if (text.size() < shortest_cut_line) return;
  for (std::size_t size = std::min(value.size() - 1, text.size()); size >= shortest_secret; --size) {
    if (!text.ends_with(std::string_view(value).substr(0, size))) continue;
    text.replace(text.size() - size, size, redaction_mark);
    return;
  }
}

bool is_entry_file(std::string_view path) {
  constexpr std::array<std::string_view, 4> endings = {".mjs", ".cjs", ".js", "/openclaw"};
  return !path.starts_with('-') &&
         std::ranges::any_of(endings, [&](std::string_view ending) { return path.ends_with(ending); });
}

bool is_long_option(std::string_view word) {
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
  return word.size() > 2 && word.starts_with("--") &&
         word.find_first_not_of(characters) == std::string_view::npos;
}

}  // namespace

std::string redacted(std::string_view text, std::size_t limit) {
  // Printable first: an escape sequence inside of a word would hide what it is.
  return printable(without_secret_shapes(printable(text, text.size())), limit);
}

void Redaction::add_plain(std::string_view value) {
  if (value.size() >= shortest_secret) values_.emplace(value);
}

void Redaction::add(std::string_view value) {
  const std::string clean = printable(trim(value), value.size());
  add_plain(clean);
  add_plain(as_json(clean));
  add_plain(as_url(clean));
  add_plain(password_in(clean));
}

void Redaction::add_environment_file(std::string_view content) {
  for (const std::string& line : split(content, '\n')) {
    const std::string_view whole = trim(line);
    if (whole.starts_with('#') || whole.starts_with(';')) continue;
    const std::size_t equals = whole.find('=');
    const bool has_name = equals != std::string_view::npos;
    const std::string_view value = has_name ? unquoted(whole.substr(equals + 1)) : std::string_view();
    if (has_name && is_harmless(trim(whole.substr(0, equals)), value)) continue;
    // A line without a name goes on with the value of the one before, and so does one of base64.
    add(unquoted(whole));
    add(value);
  }
}

void Redaction::add_environment(const Environment& environment) {
  for (const auto& [name, value] : environment) {
    if (is_harmless(name, value) || (is_word_or_path(value) && !is_named_secret(name, value))) {
      add_plain(password_in(value));
      continue;
    }
    for (const std::string& line : split(value, '\n')) add(line);
  }
}

void Redaction::add_setting(std::string_view name, std::string_view value) {
  if (is_named_secret(name, value)) {
    add(value);
  } else {
    add_plain(password_in(value));
  }
}

void Redaction::add_command(const std::vector<std::string>& command) {
  const std::vector<std::string> shown = shown_words(command);
  for (std::size_t i = 0; i < command.size(); ++i) {
    if (shown[i] == command[i]) continue;
    const std::string_view word = command[i];
    const std::size_t equals = word.find('=');
    add(word);
    if (equals != std::string_view::npos) add(word.substr(equals + 1));
  }
}

std::string Redaction::applied(std::string_view message, std::size_t limit) const {
  std::string text = printable(message, message.size());
  for (const std::string& value : values_) {
    text = with_marks(std::move(text), value);
    hide_cut_value(text, value);
  }
  return redacted(text, limit);
}

std::string Redaction::applied_to_lines(std::string_view text) const {
  std::string clean;
  for (const std::string& line : split(text, '\n')) {
    if (!clean.empty()) clean += '\n';
    clean += applied(line, line.size() + redaction_mark.size());
  }
  return clean;
}

std::vector<std::string> shown_words(const std::vector<std::string>& command) {
  constexpr std::array<std::string_view, 3> subcommands = {"gateway", "run", "start"};
  std::vector<std::string> shown;
  bool may_be_subcommand = false;
  for (const std::string& word : command) {
    const std::string_view name = std::string_view(word).substr(0, word.find('='));
    const bool is_program = shown.empty() && name.size() == word.size();
    const bool is_subcommand = may_be_subcommand && std::ranges::find(subcommands, word) != subcommands.end();
    may_be_subcommand = is_program || is_subcommand || is_entry_file(word);
    if (may_be_subcommand) {
      shown.push_back(redacted(word));
    } else if (is_long_option(name)) {
      shown.push_back(name.size() == word.size() ? word : concat({name, "=", hidden_value}));
    } else {
      shown.emplace_back(hidden_value);
    }
  }
  return shown;
}

std::string shown_command(const std::vector<std::string>& command) {
  return join(shown_words(command), " ");
}

}  // namespace base
