// SPDX-License-Identifier: MIT
// Which process listens on a TCP port of this machine, as far as the caller may see it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace watchdog {

// Where to look: a procfs, and the tree of control groups.
struct PortHolderPlaces {
  std::string proc = "/proc", cgroups = "/sys/fs/cgroup";
};

struct PortHolder {
  // "nginx (pid 812) of nginx.service"; without CAP_SYS_PTRACE "nginx.service (pid 812, 813)". If neither is
  // visible, the user ID of the process, and how to find out more.
  std::string description;
  std::string unit;  // "openclaw-gateway.service of user@1000.service"; empty: unknown
};

// Nothing if no process listens.
[[nodiscard]] std::optional<PortHolder> port_holder(std::uint16_t port, const PortHolderPlaces& places = {});

// The port that a gateway, or Node, reports as taken; nothing if the line names none.
[[nodiscard]] std::optional<std::uint16_t> port_named_in(std::string_view line);

// A user unit in the form of PortHolder.
[[nodiscard]] std::string unit_of_user(const std::string& unit, unsigned uid);

// For a report that another program has the port: which program, after the gateway in `gateway_unit` (in the
// form of PortHolder) has reported it. If it is a gateway in a user unit, the text includes how to stop it.
[[nodiscard]] std::string describe(const std::optional<PortHolder>& holder, const std::string& gateway_unit);

// The unit, with its processes, of the control group whose folder has this inode. Both members are empty if
// there is no such group, or if it belongs to no unit.
[[nodiscard]] PortHolder holder_in_cgroup(const std::string& root, std::uint64_t inode);

}  // namespace watchdog
