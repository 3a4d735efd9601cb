// SPDX-License-Identifier: MIT
// Lasting obstacles to the installation of a version: a hold or a pin of an operator, and versions that
// failed on this host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace update {

// Prevents all updates.
struct Hold {
  std::string reason;
  std::optional<std::int64_t> until_ms = {};  // Unix milliseconds; nothing: until unhold

  // By the wall clock, in which the end was given.
  [[nodiscard]] bool is_over(std::int64_t now_ms) const { return until_ms && now_ms >= *until_ms; }
  // "release party, until 2026-12-01T00:00:00Z"
  [[nodiscard]] std::string text() const;
};
// <state>/hold: the reason, and, if the hold ends by itself, a second line "until 2026-12-01T00:00:00Z". A
// file that cannot be read counts as a hold.
[[nodiscard]] std::optional<Hold> hold_of(int state_fd);
// The same, unless it has ended.
[[nodiscard]] std::optional<Hold> hold_at(int state_fd, std::int64_t now_ms);
[[nodiscard]] base::Result<void> set_hold(int state_fd, const Hold& hold);
[[nodiscard]] base::Result<void> remove_hold(int state_fd);

// The only version that updates may install. <state>/pin contains the version. `integrity`: the file exists,
// but contains none.
[[nodiscard]] base::Result<std::optional<std::string>> pinned_version(int state_fd);
[[nodiscard]] base::Result<void> set_pin(int state_fd, const std::string& version);
[[nodiscard]] base::Result<void> remove_pin(int state_fd);

struct Quarantined {
  std::string version, reason;
};
// <state>/quarantine/<version> contains the reason.
[[nodiscard]] std::optional<std::string> quarantine_reason(int state_fd, const std::string& version);
[[nodiscard]] base::Result<void> quarantine(int state_fd, const std::string& version,
                                            const std::string& reason);
[[nodiscard]] base::Result<void> release_from_quarantine(int state_fd, const std::string& version);
[[nodiscard]] std::vector<Quarantined> quarantined(int state_fd);

}  // namespace update
