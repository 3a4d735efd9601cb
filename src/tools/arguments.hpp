// The words of a command line, and the end of a program that cannot go on with them.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>

namespace tools {

// The exit status where the program is to end now: 0 after --help and --version, EX_USAGE with the reason on
// stderr. Nothing: go on.
[[nodiscard]] std::optional<int> parse_arguments(CLI::App& app, int argc, char** argv);

}  // namespace tools
