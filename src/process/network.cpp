// SPDX-License-Identifier: MIT
#include "process/network.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/unique_fd.hpp"

namespace process {

std::string network_namespace() {
  std::array<char, 64> name{};
  const auto length = ::readlink("/proc/self/ns/net", name.data(), name.size());
  return length <= 0 ? "" : std::string(name.data(), static_cast<std::size_t>(length));
}

base::Result<std::uint16_t> free_port() {
  const base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  socklen_t size = sizeof address;
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (!socket || ::bind(socket.get(), any, size) != 0 || ::getsockname(socket.get(), any, &size) != 0) {
    return base::fail_errno(errno, "looking for a free port");
  }
  return ntohs(address.sin_port);
}

}  // namespace process
