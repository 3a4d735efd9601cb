// SPDX-License-Identifier: MIT
// Properties of the main process of a gateway's unit: Node, the package of its script, PATH, and the names of
// its environment variables. If a login shell or a version manager is involved, the unit file alone does not
// determine them.
//
// The process runs as the gateway's user, who can forge all of them: they only confirm or contradict other
// results, and never decide alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace update {

struct MainProcess {
  std::int64_t pid = 0;
  std::string node;           // its program, with links resolved; empty: it is not a Node
  bool node_is_gone = false;  // the program was replaced or removed since the start
  std::string package_root;  // of its script, or of what it has mapped; empty: not told (OpenClaw changes its
                             // title, and with it what /proc shows for its arguments)
  std::string path;          // PATH, the only value that is kept
  std::vector<std::string> environment_keys;  // names, sorted
};

// For the process `pid` or, if that is a shell or similar, for the only Node that it has started. Nothing if
// there is none, if it is not in `control_group`, or if its environment cannot be read. All is read beneath
// one descriptor of /proc/PID, so neither a reused PID nor an ended process is misread.
[[nodiscard]] std::optional<MainProcess> observe_main_process(std::int64_t pid,
                                                              const std::string& control_group,
                                                              const std::string& proc = "/proc");

// All processes in the folder /proc.
[[nodiscard]] std::vector<std::int64_t> all_processes(int proc_fd);

// "/system.slice/claw.service": the groups of the process with this /proc/PID, in each hierarchy.
[[nodiscard]] std::vector<std::string> control_groups_of(int process_fd);

// The processes in a group. Empty if they are not visible.
[[nodiscard]] std::vector<std::int64_t> processes_in(const std::string& control_group,
                                                     const std::string& proc = "/proc");

}  // namespace update
