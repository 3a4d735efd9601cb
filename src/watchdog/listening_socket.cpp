#include "watchdog/listening_socket.hpp"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <span>

#include "base/unique_fd.hpp"

namespace watchdog {
namespace {

using Bytes = std::span<const std::byte>;

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

ListeningSocket socket_of(const inet_diag_msg& found, Bytes attributes) {
  ListeningSocket socket{found.idiag_uid, found.idiag_inode, 0};
  while (const auto attribute = read_as<nlattr>(attributes)) {
    if (attribute->nla_len < sizeof(nlattr) || attribute->nla_len > attributes.size()) break;
    if (attribute->nla_type == INET_DIAG_CGROUP_ID) {
      socket.cgroup = read_as<std::uint64_t>(attributes.subspan(sizeof(nlattr))).value_or(0);
    }
    attributes = after(attributes, attribute->nla_len);
  }
  return socket;
}

struct Dump {
  bool ended = false;
  std::optional<ListeningSocket> found;
};

Dump read_reply(Bytes reply, std::uint16_t port) {
  Dump dump;
  while (const auto header = read_as<nlmsghdr>(reply)) {
    if (header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > reply.size()) break;
    if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) dump.ended = true;
    const Bytes body = reply.first(header->nlmsg_len).subspan(sizeof(nlmsghdr));
    const auto found = read_as<inet_diag_msg>(body);
    if (header->nlmsg_type == SOCK_DIAG_BY_FAMILY && found && ntohs(found->id.idiag_sport) == port) {
      dump.found = socket_of(*found, after(body, sizeof(inet_diag_msg)));
    }
    reply = after(reply, header->nlmsg_len);
  }
  return dump;
}

std::optional<ListeningSocket> find(int socket_fd, unsigned char family, std::uint16_t port) {
  if (!ask_for_listeners(socket_fd, family)) return std::nullopt;
  std::array<std::byte, buffer_size> buffer{};
  std::optional<ListeningSocket> found;
  for (unsigned reply = 0; reply < most_replies; ++reply) {
    const ssize_t size = ::recv(socket_fd, buffer.data(), buffer.size(), 0);
    if (size <= 0) break;
    const Dump dump = read_reply(Bytes(buffer).first(static_cast<std::size_t>(size)), port);
    if (dump.found) found = dump.found;
    if (dump.ended) break;
  }
  return found;
}

}  // namespace

std::optional<ListeningSocket> listening_socket(std::uint16_t port) {
  const base::UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!fd) return std::nullopt;
  // The kernel answers at once, or not at all.
  const timeval limit{1, 0};
  static_cast<void>(::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
  for (const unsigned char family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
    if (auto found = find(fd.get(), family, port)) return found;
  }
  return std::nullopt;
}

}  // namespace watchdog
