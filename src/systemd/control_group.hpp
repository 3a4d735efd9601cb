// SPDX-License-Identifier: MIT
// A unit's control group (its property ControlGroup=, "/system.slice/x.service") and what is below it, in the
// unified hierarchy: wherever that is mounted, also beside others (systemd.unified_cgroup_hierarchy=0).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace systemd {

using ControlGroupRoots = std::vector<std::string>;
inline const ControlGroupRoots control_group_roots{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};

// Its folder and those below it. Empty: it cannot be seen, or is not there.
[[nodiscard]] std::vector<std::string> control_group_folders(
    const std::string& control_group, const ControlGroupRoots& roots = control_group_roots);

// The processes in them, in no order.
[[nodiscard]] std::vector<std::int64_t> processes_of(const std::string& control_group,
                                                     const ControlGroupRoots& roots = control_group_roots);

}  // namespace systemd
