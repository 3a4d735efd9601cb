// SPDX-License-Identifier: MIT
// The words of a command line, and the end of a program that cannot go on with them.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace tools {

// The exit status where the program is to end now: 0 after --help and --version, EX_USAGE with one line on
// stderr that names the option, or the word that is none. Nothing: go on. Where the program has --json and it
// is given, what comes is for a script (begin_json()), a mistake in the words included.
[[nodiscard]] std::optional<int> parse_arguments(CLI::App& app, int argc, char** argv);

// --json, and --json=lines where the program tells what goes on; `wanted` is empty without it.
void add_json_option(CLI::App& app, std::string& wanted, const std::string& help, bool has_lines = false);

// For check() of an option: `parse` answers a Result, whose error says why a value is none ("must be ...").
template <class Parse>
[[nodiscard]] CLI::Validator value_of(Parse parse) {
  return {[parse = std::move(parse)](std::string& text) -> std::string {
            const auto value = parse(text);
            return value ? "" : value.error().message;
          },
          ""};
}

// For check(): what only an empty word is not.
[[nodiscard]] base::Result<void> require_text(const std::string& text);
// A version of OpenClaw, whole: 2026.9.6.
[[nodiscard]] base::Result<void> require_version(const std::string& text);

}  // namespace tools
