// SPDX-License-Identifier: MIT
// The TCP sockets that listen in this network namespace, as the kernel reports them to every process over
// NETLINK_SOCK_DIAG: where, whose, and in which control group they were made. For the latter /proc needs
// CAP_SYS_PTRACE, and this needs nothing but AF_NETLINK.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "systemd/control_group.hpp"

namespace systemd {

struct ListeningSocket {
  std::string address;  // "127.0.0.1", "::"
  std::uint16_t port = 0;
  std::uint32_t user = 0;
  std::uint32_t inode = 0;
  std::uint64_t cgroup = 0;  // the inode of its folder below /sys/fs/cgroup; 0: not told (Linux before 5.9)
};

// "0.0.0.0:19501", "[::1]:18789"
[[nodiscard]] std::string to_text(const ListeningSocket& socket);

// Those of IPv4 first. `unavailable` when the kernel may not be asked (RestrictAddressFamilies=), or has not
// answered within a second.
[[nodiscard]] base::Result<std::vector<ListeningSocket>> listening_sockets();

// Those of them that a unit's processes have made, by the unit's ControlGroup= ("/system.slice/x.service"):
// its own, and the groups below it. None for a unit without one, which has no processes. `unavailable` also
// where the kernel does not report control groups, or where these cannot be seen.
//
// A unit without a network of its own in common with the caller (PrivateNetwork=) has none here.
[[nodiscard]] base::Result<std::vector<ListeningSocket>> listening_sockets_of(
    const std::string& control_group, const ControlGroupRoots& roots = control_group_roots);

}  // namespace systemd
