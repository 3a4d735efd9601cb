// What stands between a version and its installation, from one update to the next: a hold that a person has
// set, and versions that failed on this machine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace update {

// <state>/hold: its content is the reason.
[[nodiscard]] std::optional<std::string> hold_reason(int state_fd);
[[nodiscard]] base::Result<void> set_hold(int state_fd, const std::string& reason);
[[nodiscard]] base::Result<void> remove_hold(int state_fd);

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
