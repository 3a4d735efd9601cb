// SPDX-License-Identifier: MIT
// What the main process of a gateway's unit has: Node, the package of its script, PATH, and the names in its
// environment. Parsing a unit only guesses at it where a login shell or a version manager decides.
//
// It runs as the gateway's user, who can make it look like anything: it confirms or contradicts what was
// found without it, and decides alone about nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace update {

struct MainProcess {
  std::int64_t pid = 0;
  std::string node;           // its program, links resolved; empty: it is no Node
  bool node_is_gone = false;  // replaced or removed since it was started
  std::string package_root;  // of its script, or of what it has mapped; empty: not told (OpenClaw changes its
                             // title, and with it what /proc shows for its arguments)
  std::string path;          // PATH, the one value that is kept
  std::vector<std::string> environment_keys;  // names, sorted
};

// Of the process `pid`, or, where that is a shell or the like, of the one Node that it has started. Nothing
// where there is none, or it is not in `control_group`: a PID that another process has meanwhile is read as
// little as one that has ended, since all is read beneath one descriptor of /proc/PID.
[[nodiscard]] std::optional<MainProcess> observe_main_process(std::int64_t pid,
                                                              const std::string& control_group,
                                                              const std::string& proc = "/proc");

// All that there are, of the folder /proc.
[[nodiscard]] std::vector<std::int64_t> all_processes(int proc_fd);

// "/system.slice/claw.service": of the process whose /proc/PID this is, in each hierarchy.
[[nodiscard]] std::vector<std::string> control_groups_of(int process_fd);

// All of them in a group. Empty where they cannot be seen.
[[nodiscard]] std::vector<std::int64_t> processes_in(const std::string& control_group,
                                                     const std::string& proc = "/proc");

}  // namespace update
