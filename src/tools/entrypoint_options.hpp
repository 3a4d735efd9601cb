// SPDX-License-Identifier: MIT
// The command line of openclaw-stage-deps, which openclaw-guard-state has as well: the one hands over to the
// other with the words that it was given.
#pragma once

#include <CLI/CLI.hpp>

#include <chrono>
#include <string>
#include <vector>

#include "base/environment.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "openclaw/gateway_environment.hpp"
#include "tools/command_line.hpp"

namespace tools {

struct EntrypointOptions {
  CommandLine line;
  std::string policy;  // of staging; empty: the setting's
  bool verbose = false;
  std::vector<std::string> command;  // to become when all is done

  bool guard_state = false;
  bool migrate = false;                 // the doctor of another version, after the snapshot
  std::string state_policy;             // empty: the setting's
  std::chrono::seconds guard_wait{30};  // for another container to leave the volume
};

void define_entrypoint(CLI::App& app, EntrypointOptions& options);
// What no single option can say; `usage` where two do not go together.
[[nodiscard]] base::Result<void> require_consistent(const EntrypointOptions& options);

// Where the gateway will run, told as OpenClaw itself is: the process's environment with what the command
// line puts over it.
[[nodiscard]] openclaw::GatewayEnvironment gateway_environment_of(const EntrypointOptions& options);
[[nodiscard]] base::Result<config::Settings> settings_of(const EntrypointOptions& options,
                                                         const base::Environment& environment);

// The words for the program that comes after the guard: all but those that are the guard's.
[[nodiscard]] std::vector<std::string> without_guard(const std::vector<std::string>& words,
                                                     std::size_t words_of_command);

}  // namespace tools
