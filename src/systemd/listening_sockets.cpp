// SPDX-License-Identifier: MIT
#include "systemd/listening_sockets.hpp"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <span>

#include "base/unique_fd.hpp"

namespace systemd {
namespace {

using base::ErrorKind;
using base::Result;
using Bytes = std::span<const std::byte>;
using Sockets = std::vector<ListeningSocket>;

constexpr std::size_t buffer_size = 32768;
constexpr unsigned most_replies = 1000;  // each holds some hundred sockets

// The kernel aligns to 4 bytes what it strings together; what does not fit was cut off.
template <class T>
std::optional<T> read_as(Bytes bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value{};
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

Bytes after(Bytes bytes, std::size_t size) {
  const std::size_t aligned = (size + 3) & ~std::size_t{3};
  return aligned < bytes.size() ? bytes.subspan(aligned) : Bytes();
}

bool ask_for_listeners(int socket_fd, unsigned char family) {
  struct {
    nlmsghdr header;
    inet_diag_req_v2 request;
  } message{};
  message.header.nlmsg_len = sizeof message;
  message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  message.request.sdiag_family = family;
  message.request.sdiag_protocol = IPPROTO_TCP;
  message.request.idiag_states = 1U << TCP_LISTEN;
  return ::send(socket_fd, &message, sizeof message, 0) == static_cast<ssize_t>(sizeof message);
}

std::string address_of(const inet_diag_msg& found) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const char* written = ::inet_ntop(found.idiag_family, found.id.idiag_src, text.data(), text.size());
  return written == nullptr ? "" : written;
}

ListeningSocket socket_of(const inet_diag_msg& found, Bytes attributes) {
  ListeningSocket socket{address_of(found), ntohs(found.id.idiag_sport), found.idiag_uid, found.idiag_inode,
                         0};
  while (const auto attribute = read_as<nlattr>(attributes)) {
    if (attribute->nla_len < sizeof(nlattr) || attribute->nla_len > attributes.size()) break;
    if (attribute->nla_type == INET_DIAG_CGROUP_ID) {
      socket.cgroup = read_as<std::uint64_t>(attributes.subspan(sizeof(nlattr))).value_or(0);
    }
    attributes = after(attributes, attribute->nla_len);
  }
  return socket;
}

enum class Dump { goes_on, ended, refused };

Dump read_reply(Bytes reply, Sockets& sockets) {
  while (const auto header = read_as<nlmsghdr>(reply)) {
    if (header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > reply.size()) break;
    if (header->nlmsg_type == NLMSG_DONE) return Dump::ended;
    if (header->nlmsg_type == NLMSG_ERROR) return Dump::refused;
    const Bytes body = reply.first(header->nlmsg_len).subspan(sizeof(nlmsghdr));
    const auto found = read_as<inet_diag_msg>(body);
    if (header->nlmsg_type == SOCK_DIAG_BY_FAMILY && found) {
      sockets.push_back(socket_of(*found, after(body, sizeof(inet_diag_msg))));
    }
    reply = after(reply, header->nlmsg_len);
  }
  return Dump::goes_on;
}

Result<void> dump(int socket_fd, unsigned char family, Sockets& sockets) {
  const auto untold = [] {
    return base::fail(ErrorKind::unavailable, "the kernel does not report listening sockets");
  };
  if (!ask_for_listeners(socket_fd, family)) return untold();
  std::array<std::byte, buffer_size> buffer{};
  for (unsigned reply = 0; reply < most_replies; ++reply) {
    const ssize_t size = ::recv(socket_fd, buffer.data(), buffer.size(), 0);
    if (size <= 0) break;
    const Dump state = read_reply(Bytes(buffer).first(static_cast<std::size_t>(size)), sockets);
    if (state == Dump::ended) return {};
    if (state == Dump::refused) break;
  }
  return untold();
}

std::set<std::uint64_t> groups_of(const std::string& control_group, const ControlGroupRoots& roots) {
  std::set<std::uint64_t> inodes;
  for (const std::string& folder : control_group_folders(control_group, roots)) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) == 0) inodes.insert(status.st_ino);
  }
  return inodes;
}

}  // namespace

std::string to_text(const ListeningSocket& socket) {
  const bool is_ipv6 = socket.address.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + socket.address + "]" : socket.address) + ":" + std::to_string(socket.port);
}

Result<Sockets> listening_sockets() {
  const base::UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!fd) {
    return base::fail(
        ErrorKind::unavailable,
        std::string("asking the kernel for listening sockets is not permitted: ") + std::strerror(errno));
  }
  // The kernel answers at once, or not at all.
  const timeval limit{1, 0};
  static_cast<void>(::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
  Sockets sockets;
  if (auto told = dump(fd.get(), AF_INET, sockets); !told) return base::pass(told.error());
  // A kernel without IPv6 has none.
  static_cast<void>(dump(fd.get(), AF_INET6, sockets));
  return sockets;
}

Result<Sockets> listening_sockets_of(const std::string& control_group, const ControlGroupRoots& roots) {
  if (control_group.size() < 2) return Sockets();
  const auto groups = groups_of(control_group, roots);
  if (groups.empty()) {
    return base::fail(ErrorKind::unavailable, "the control group " + control_group + " cannot be seen");
  }
  auto sockets = listening_sockets();
  if (!sockets) return sockets;
  const bool told = sockets->empty() ||
                    std::ranges::any_of(*sockets, [](const auto& socket) { return socket.cgroup != 0; });
  if (!told) {
    return base::fail(ErrorKind::unavailable, "the kernel does not report the control groups of sockets");
  }
  std::erase_if(*sockets, [&](const ListeningSocket& socket) { return !groups.contains(socket.cgroup); });
  return sockets;
}

}  // namespace systemd
