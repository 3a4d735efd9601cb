// Who listens on a TCP port of this machine, as far as the caller may know.
#pragma once

#include <cstdint>
#include <string>

namespace watchdog {

// "nginx (pid 812)"; without CAP_SYS_PTRACE only the number of its user, and how to learn more; empty when
// nobody listens. `proc` is the path of a procfs.
[[nodiscard]] std::string port_holder(const std::string& proc, std::uint16_t port);

}  // namespace watchdog
