// SPDX-License-Identifier: MIT
// Environment files of systemd, of OpenClaw (.env) and of npm (npmrc), and blocks of the kernel.
#include "openclaw/environment.hpp"

#include <algorithm>

#include "lib/target.hpp"
#include "lib/words.hpp"
#include "npm/npmrc.hpp"
#include "openclaw/config_variables.hpp"
#include "openclaw/dotenv.hpp"
#include "systemd/environment_file.hpp"
#include "workers/probe/process.hpp"

using target::require;

namespace {

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && (text.front() < '0' || text.front() > '9') &&
         std::all_of(text.begin(), text.end(), fits);
}

void fuzz_systemd(std::string_view input) {
  for (const std::string& key : systemd::environment_file_keys(input)) {
    require(is_name(key), "a key of an environment file is the name of a variable");
  }
}

void fuzz_dotenv(std::string_view input) {
  const base::Environment variables = openclaw::parse_dotenv(input);
  std::string written;
  base::Environment plain;
  for (const auto& [name, value] : variables) {
    require(is_name(name), "a key of .env is the name of a variable");
    if (value.find_first_of("'\\\r") != std::string::npos) continue;
    written += name + "='" + value + "'\n";
    plain.emplace(name, value);
  }
  require(openclaw::parse_dotenv(written) == plain, "variables that are written are read again as they were");
}

void fuzz_npmrc(std::string_view input) {
  const npm::Npmrc npmrc = npm::parse_npmrc(input);
  for (const auto& [key, value] : npmrc.values) {
    require(key.find('\n') == std::string::npos && value.find('\n') == std::string::npos,
            "a setting is one line");
    const std::string* const found = npmrc.find(key);
    require(found == nullptr || *found == value, "a setting is found by its key");
  }
  for (const std::string& name : npmrc.variables) {
    require(input.find("${" + name) != std::string_view::npos, "a variable is named in the file");
  }
}

void fuzz_block(std::string_view input) {
  workers::EnvironmentNames whole, pieces;
  whole.feed(input);
  for (std::string_view rest = input; !rest.empty();) {
    const std::string_view piece = rest.substr(0, 1 + rest.size() % 7);
    pieces.feed(piece);
    rest.remove_prefix(piece.size());
  }
  const auto names = whole.take();
  require(names == pieces.take(), "a block that comes in pieces is the same block");
  require(std::is_sorted(names.begin(), names.end()), "names are sorted");
  require(std::adjacent_find(names.begin(), names.end()) == names.end(), "no name occurs twice");
  const auto is_plain = [](const std::string& name) {
    return name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
           std::string::npos;
  };
  require(std::all_of(names.begin(), names.end(), is_plain), "names have letters, digits and _ only");
}

}  // namespace

void fuzz(std::string_view input) {
  fuzz_systemd(input);
  fuzz_dotenv(input);
  fuzz_npmrc(input);
  fuzz_block(input);
}
