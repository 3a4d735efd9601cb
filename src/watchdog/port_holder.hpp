// Who listens on a TCP port of this machine, as far as the caller may know.
#pragma once

#include <cstdint>
#include <string>

namespace watchdog {

// Where it is looked for: a procfs, and the tree of control groups.
struct PortHolderPlaces {
  std::string proc = "/proc", cgroups = "/sys/fs/cgroup";
};

// "nginx (pid 812) of nginx.service"; without CAP_SYS_PTRACE "nginx.service (pid 812, 813)". Where neither
// can be seen, the number of its user, and how to learn more; empty when nobody listens.
[[nodiscard]] std::string port_holder(std::uint16_t port, const PortHolderPlaces& places = {});

// "openclaw-gateway.service of user@1000.service" for the control group whose folder has that inode; with its
// processes. Empty where there is none, or none of a unit's.
[[nodiscard]] std::string unit_of_cgroup(const std::string& root, std::uint64_t inode);

}  // namespace watchdog
