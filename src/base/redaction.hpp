// SPDX-License-Identifier: MIT
// Removes secrets from every text that is shown or kept: values that are known to be secret here, and
// text with the form of a secret. Logs, answers and error messages of OpenClaw, Node and package clients pass
// through it, and the functions that print and log apply the part that needs no knowledge once more.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.hpp"

namespace base {

// Printable, at most `limit` bytes, and with "***" for user and password of a URL, for what follows Bearer or
// Basic, for the value of what is called a token, key, secret or password ("token":"...", token=...,
// --token ..., _authToken=...), and for tokens that their first letters give away. What is redacted already
// stays as it is.
[[nodiscard]] std::string redacted(std::string_view text, std::size_t limit = 4096);

// The same with values that are known. Those of less than 8 bytes are words, not secrets.
class Redaction {
 public:
  // As it is, and as JSON and a URL write it; of a URL with a password that as well.
  void add(std::string_view value);
  // Of a unit's EnvironmentFile= or OpenClaw's .env. A value of several lines, as a private key has, is
  // printed line by line, so each line counts.
  void add_environment_file(std::string_view content);
  // All but what systemd, a shell or a locale sets, switches of OpenClaw's, and paths.
  void add_environment(const Environment& environment);
  // A setting: its value where the name says that it is secret, else what is secret in the value.
  void add_setting(std::string_view name, std::string_view value);
  // Whatever shown_command() does not show.
  void add_command(const std::vector<std::string>& command);

  // One line.
  [[nodiscard]] std::string applied(std::string_view message, std::size_t limit = 500) const;
  // Line by line, for text of any length.
  [[nodiscard]] std::string applied_to_lines(std::string_view text) const;

 private:
  void add_plain(std::string_view value);

  struct LongestFirst {
    bool operator()(const std::string& one, const std::string& other) const {
      return one.size() != other.size() ? one.size() > other.size() : one < other;
    }
  };
  std::set<std::string, LongestFirst> values_;
};

// The mark in place of a value that is removed from a command.
inline constexpr std::string_view hidden_value = "…";
// Of a command from another source, word for word: the program, OpenClaw's entry file and subcommand,
// and the names of options; the mark above replaces every other word and every value.
[[nodiscard]] std::vector<std::string> shown_words(const std::vector<std::string>& command);
[[nodiscard]] std::string shown_command(const std::vector<std::string>& command);

}  // namespace base
