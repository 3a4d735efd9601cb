// The socket that listens on a TCP port, as the kernel tells everybody over NETLINK_SOCK_DIAG: whose it is,
// and in which control group it was made. For the latter /proc needs CAP_SYS_PTRACE, and this needs nothing.
#pragma once

#include <cstdint>
#include <optional>

namespace watchdog {

struct ListeningSocket {
  std::uint32_t user = 0;
  std::uint32_t inode = 0;
  std::uint64_t cgroup = 0;  // the inode of its folder below /sys/fs/cgroup; 0: not told (Linux before 5.9)
};

// Nothing when nobody listens there, or when the kernel may not be asked (RestrictAddressFamilies=).
[[nodiscard]] std::optional<ListeningSocket> listening_socket(std::uint16_t port);

}  // namespace watchdog
