// SPDX-License-Identifier: MIT
// Who listens on a TCP port of this machine, as far as the caller may know.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace watchdog {

// Where it is looked for: a procfs, and the tree of control groups.
struct PortHolderPlaces {
  std::string proc = "/proc", cgroups = "/sys/fs/cgroup";
};

struct PortHolder {
  // "nginx (pid 812) of nginx.service"; without CAP_SYS_PTRACE "nginx.service (pid 812, 813)". Where neither
  // can be seen, the number of its user, and how to learn more.
  std::string description;
  std::string unit;  // "openclaw-gateway.service of user@1000.service"; empty: not known
};

// Nothing when nobody listens.
[[nodiscard]] std::optional<PortHolder> port_holder(std::uint16_t port, const PortHolderPlaces& places = {});

// The port that a gateway, or Node, names when it cannot have it; nothing where the line names none.
[[nodiscard]] std::optional<std::uint16_t> port_named_in(std::string_view line);

// A unit of that user's own service manager, as PortHolder has it.
[[nodiscard]] std::string unit_of_user(const std::string& unit, unsigned uid);

// For a report that another program has the port: who it is, now that the gateway of `gateway_unit` (as
// PortHolder has it) has said so. A gateway that is a user's own unit is told with what stops it.
[[nodiscard]] std::string describe(const std::optional<PortHolder>& holder, const std::string& gateway_unit);

// By the control group whose folder has that inode: its unit, with its processes. Both empty where there is
// none, or none of a unit's.
[[nodiscard]] PortHolder holder_in_cgroup(const std::string& root, std::uint64_t inode);

}  // namespace watchdog
