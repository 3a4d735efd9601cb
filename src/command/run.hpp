// SPDX-License-Identifier: MIT
// OpenClaw's own command line, run as the calling user, by one runner for every purpose (purpose.hpp).
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.hpp"
#include "base/redaction.hpp"
#include "base/result.hpp"
#include "command/purpose.hpp"

namespace command {

// Who runs it, on what.
struct Setting {
  std::string node, package;           // absolute
  base::Environment inherited, added;  // environment_for()
  // Working directory. OpenClaw reads a .env there.
  std::string directory;
  base::Redaction secrets;  // besides the values of its environment: not to be shown of what it says
};

// As process::Watch has them; all are optional.
struct Watching {
  std::function<void(std::chrono::milliseconds elapsed, std::chrono::milliseconds idle,
                     std::string_view last_line)>
      tick;
  std::function<bool(std::string_view line)> is_progress;
  std::function<bool()> give_up;  // asked twice a second; true ends it
};

struct Outcome {
  bool ended = false;   // by itself, within its time
  int exit_status = 0;  // or 128 + signal
  std::string answer;   // stdout of a purpose that has an answer, at most 4 MiB
  // The last 64 KiB of all else, to look into. What is shown or kept is said().
  std::string messages;
  std::chrono::milliseconds duration{0};
  base::Redaction secrets;
  [[nodiscard]] bool succeeded() const { return ended && exit_status == 0; }
  [[nodiscard]] std::string said() const { return secrets.applied_to_lines(messages); }
};

// An error is one of ours (nothing could be started); the output of the command itself is in the outcome.
[[nodiscard]] base::Result<Outcome> run(const Purpose& purpose, const Setting& setting,
                                        const std::vector<std::string>& words, const Watching& watching = {});

}  // namespace command
