// SPDX-License-Identifier: MIT
// One look at the gateway, for scripts, monitoring and the probes of containers: openclaw-health, and the
// same as openclaw-watchdog --once.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "config/scope.hpp"

namespace tools {

struct HealthQuestion {
  config::Scope scope;
  std::string gateway;                    // its name; empty: the one without
  std::string wait;                       // TIME: look again until it is ready
  std::uint16_t port = 0;                 // instead of port= of [gateway]
  std::optional<std::uint64_t> min_free;  // bytes, of the file system of the state
  bool writable = false;                  // the state can be written to
  bool live = false, json = false, quiet = false;
};

// Prints what was seen; answers the exit status (EXIT STATUS in openclaw-health(1)): 0 ready, 1 not ready, 2
// neither ready nor live, 69 that it cannot be told. `live`: 0 unless it is dead or deaf.
[[nodiscard]] int look_at_health(const char* program, const HealthQuestion& question);

// "200M", "1G", "1048576": bytes; nothing for any other text.
[[nodiscard]] std::optional<std::uint64_t> bytes_in(const std::string& text);

}  // namespace tools
