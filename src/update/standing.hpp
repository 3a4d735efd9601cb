// SPDX-License-Identifier: MIT
// What stands between a version and its installation, from one update to the next: a hold or a pin that a
// person has set, and versions that failed on this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace update {

// No update at all.
struct Hold {
  std::string reason;
  std::optional<std::int64_t> until_ms = {};  // Unix milliseconds; nothing: until somebody ends it

  // By the wall clock, which is the one that its end was named by.
  [[nodiscard]] bool is_over(std::int64_t now_ms) const { return until_ms && now_ms >= *until_ms; }
  // "release party, until 2026-12-01T00:00:00Z"
  [[nodiscard]] std::string text() const;
};
// <state>/hold: the reason, and where it ends by itself a second line, "until 2026-12-01T00:00:00Z". One that
// is there and cannot be read holds.
[[nodiscard]] std::optional<Hold> hold_of(int state_fd);
// The same, unless it is over.
[[nodiscard]] std::optional<Hold> hold_at(int state_fd, std::int64_t now_ms);
[[nodiscard]] base::Result<void> set_hold(int state_fd, const Hold& hold);
[[nodiscard]] base::Result<void> remove_hold(int state_fd);

// The one version that updates may lead to. <state>/pin: its content is the version. `integrity`: it is
// there, and has none.
[[nodiscard]] base::Result<std::optional<std::string>> pinned_version(int state_fd);
[[nodiscard]] base::Result<void> set_pin(int state_fd, const std::string& version);
[[nodiscard]] base::Result<void> remove_pin(int state_fd);

struct Quarantined {
  std::string version, reason;
};
// <state>/quarantine/<version>: its content is the reason.
[[nodiscard]] std::optional<std::string> quarantine_reason(int state_fd, const std::string& version);
[[nodiscard]] base::Result<void> quarantine(int state_fd, const std::string& version,
                                            const std::string& reason);
[[nodiscard]] base::Result<void> release_from_quarantine(int state_fd, const std::string& version);
[[nodiscard]] std::vector<Quarantined> quarantined(int state_fd);

}  // namespace update
