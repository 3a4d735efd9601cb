// SPDX-License-Identifier: MIT
// Decisions and states of the watchdog as text: journal entries and STATUS=.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "systemd/journal.hpp"
#include "watchdog/policy.hpp"

namespace watchdog {

struct Subject {
  std::string unit, release;
  unsigned restarts_last_hour = 0, restarts_per_hour = 0;
};

[[nodiscard]] std::string_view word(Phase phase);  // "ready", in --json and metrics
[[nodiscard]] std::string_view word(Act act);

// "gateway ready, release 2026.9.6, 0 restarts in the last hour"
[[nodiscard]] std::string status_of(const Standing& standing, const std::string& version);

// Sent before the act. Not for Act::none.
[[nodiscard]] systemd::Event event_of(const Decision& decision, const Subject& subject);
[[nodiscard]] systemd::Event event_of(const Report& report, const Subject& subject);
// The act failed.
[[nodiscard]] systemd::Event event_of(Act act, const base::Error& failure, const Subject& subject);

}  // namespace watchdog
