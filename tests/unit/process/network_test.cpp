// SPDX-License-Identifier: MIT
#include "process/network.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unique_fd.hpp"

namespace {

// What a child says of it, in a network of its own or not; empty where it could make none.
std::string network_of_child(bool own) {
  int ends[2];
  if (::pipe(ends) != 0) return "";
  const pid_t child = ::fork();
  if (child == 0) {
    const bool is_there = !own || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    const std::string name = is_there ? process::network_namespace() : "";
    ::_exit(::write(ends[1], name.data(), name.size()) < 0 ? 1 : 0);
  }
  ::close(ends[1]);
  char text[64];
  const auto length = ::read(ends[0], text, sizeof text);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return length <= 0 ? "" : std::string(text, static_cast<std::size_t>(length));
}

TEST(NetworkNamespace, IsThatOfAChild) {
  EXPECT_FALSE(process::network_namespace().empty());
  EXPECT_EQ(network_of_child(false), process::network_namespace());
}

TEST(NetworkNamespace, IsAnotherForAProcessWithANetworkOfItsOwn) {
  const std::string own = network_of_child(true);
  if (own.empty()) GTEST_SKIP() << "no namespace can be made here";
  EXPECT_NE(own, process::network_namespace());
}

TEST(FreePort, CanBeListenedOn) {
  const auto port = process::free_port();
  ASSERT_TRUE(port) << port.error().message;
  const base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(*port);
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

}  // namespace
