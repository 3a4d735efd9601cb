// SPDX-License-Identifier: MIT
// Running one child: own process group, output read as it comes, stopped when it stalls.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.hpp"
#include "base/redaction.hpp"
#include "base/result.hpp"

namespace process {

struct Command {
  std::vector<std::string> arguments;  // arguments[0] is the path
  base::Environment environment;       // whole: nothing is inherited
  std::string directory;
  // A file that stdout goes to, created again, for an answer that is read whole; empty: stdout is output.
  std::string standard_output = {};
  int standard_output_file = -1;  // the same as an open file, borrowed, which has no name then; -1: none
  int standard_input = -1;        // an open file, borrowed; -1: there is nothing to read
  // Secrets to remove from its output; values of its environment are added.
  base::Redaction secrets = {};
};

struct Outcome {
  int exit_status = 0;  // or 128 + signal
  // The last 64 KiB of stdout (unless it goes to a file) and stderr together, to look for an answer in. What
  // is shown or kept is said().
  std::string output;
  bool stalled = false;  // stopped because nothing happened for the stall timeout
  std::chrono::milliseconds duration{0};
  base::Redaction secrets = {};
  [[nodiscard]] std::string said() const { return secrets.applied_to_lines(output); }
};

struct Watch {
  std::chrono::milliseconds interval{500};
  std::chrono::seconds stall_timeout{300};
  // Called every interval; `idle` is the time without output, CPU use or disk writes of the whole process
  // group.
  std::function<void(std::chrono::milliseconds elapsed, std::chrono::milliseconds idle,
                     std::string_view last_line)>  // as it may be shown
      tick;
  // Lines for which this answers false do not count as activity: a client that reports each failed attempt
  // makes no progress (a self-signed certificate kept npm busy for 10 minutes that way). Unset: every
  // line counts.
  std::function<bool(std::string_view line)> is_progress;
  // Asked every interval; true stops the child before the stall timeout, as a stall.
  std::function<bool(std::chrono::milliseconds idle)> give_up;
};

// The group is killed (TERM, then KILL after 5 s) when it stalls or when this process is told to stop
// (SIGTERM, SIGINT, SIGHUP): then, with everything reaped, the signal takes its ordinary course in this
// process, and if it survives that, the error kind is `unavailable`. No child outlives the call,
// grandchildren and daemons neither.
//
// PR_SET_PDEATHSIG covers our own SIGKILL. It reaches the child only, not what the child started: that is
// left to the cgroup of the unit.
//
// To be called by one thread at a time: which children belong to the run is told by comparing before and
// after.
[[nodiscard]] base::Result<Outcome> run(const Command& command, const Watch& watch);

}  // namespace process
