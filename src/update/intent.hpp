// What a person asked of the unit beyond its name: `openclaw-update --force`, `openclaw-update rollback`.
//
// A unit is started by name alone, so the program leaves a file, /run/openclaw-update/intent, which the
// unit's process takes. One that nobody took, because the unit was not started, must not bend an update of
// the timer a week later: it holds for a minute, and /run does not outlast a boot.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"

namespace update {

struct Intent {
  std::string wanted;      // a version or a channel; empty: what the unit says
  std::string to_release;  // return to this sealed release
  std::string requested_by = "the unit";
  bool force = false;
  std::string quarantine = {};  // why the release that is left is not to be installed again by a timer
};

[[nodiscard]] base::Result<void> leave_intent(int runtime_fd, const Intent& intent);
// Takes it away, whatever it is; nothing when there is none, or when it is too old or unreadable.
[[nodiscard]] std::optional<Intent> take_intent(int runtime_fd);

}  // namespace update
