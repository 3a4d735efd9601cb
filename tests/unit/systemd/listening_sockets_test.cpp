// SPDX-License-Identifier: MIT
// The kernel is asked for real: of sockets of this process, and of a child in a control group of its own.
#include "systemd/listening_sockets.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <optional>

#include "base/unique_fd.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::UniqueFd;
using systemd::listening_sockets;
using systemd::listening_sockets_of;
using systemd::ListeningSocket;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct Listener {
  UniqueFd socket;
  std::uint16_t port = 0;
};

Listener listen_on_loopback() {
  Listener listener{UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener.socket.get(), plain, size) == 0 && ::listen(listener.socket.get(), 1) == 0 &&
      ::getsockname(listener.socket.get(), plain, &size) == 0) {
    listener.port = ntohs(address.sin_port);
  }
  return listener;
}

std::optional<ListeningSocket> found(const std::vector<ListeningSocket>& sockets, std::uint16_t port) {
  const auto it = std::ranges::find(sockets, port, &ListeningSocket::port);
  return it == sockets.end() ? std::nullopt : std::optional(*it);
}

TEST(ListeningSockets, SayWhereAndWhose) {
  const Listener listener = listen_on_loopback();
  const auto sockets = listening_sockets();
  ASSERT_TRUE(sockets) << sockets.error().message;
  const auto ours = found(*sockets, listener.port);
  ASSERT_TRUE(ours);
  EXPECT_EQ(ours->address, "127.0.0.1");
  EXPECT_EQ(systemd::to_text(*ours), "127.0.0.1:" + std::to_string(listener.port));
  EXPECT_EQ(systemd::to_text({"::1", 18789, 0, 0, 0}), "[::1]:18789");
  EXPECT_EQ(ours->user, ::getuid());
  EXPECT_NE(ours->inode, 0U);
}

TEST(ListeningSockets, AreNoneOfASocketThatIsClosed) {
  const std::uint16_t port = listen_on_loopback().port;
  const auto sockets = listening_sockets();
  ASSERT_TRUE(sockets);
  EXPECT_FALSE(found(*sockets, port));
}

TEST(ListeningSocketsOfAUnit, AreNoneWithoutAProcess) {
  const auto sockets = listening_sockets_of("");
  ASSERT_TRUE(sockets);
  EXPECT_THAT(*sockets, IsEmpty());
}

TEST(ListeningSocketsOfAUnit, AreNotKnownWhereItsGroupCannotBeSeen) {
  const test_support::TemporaryDirectory nothing;
  const auto sockets = listening_sockets_of("/system.slice/x.service", {nothing.path()});
  ASSERT_FALSE(sockets);
  EXPECT_EQ(sockets.error().kind, base::ErrorKind::unavailable);
}

TEST(ListeningSocketsOfAUnit, AreNotThoseOfOthers) {
  const Listener listener = listen_on_loopback();
  const test_support::TemporaryDirectory groups;
  groups.write("system.slice/x.service/cgroup.procs", "");
  const auto sockets = listening_sockets_of("/system.slice/x.service", {groups.path()});
  ASSERT_TRUE(sockets) << sockets.error().message;
  EXPECT_THAT(*sockets, IsEmpty());
}

std::string unified_root() {
  for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    struct statfs status {};
    if (::statfs(root, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC) return root;
  }
  return "";
}

// A process that listens, in a group below that of "the unit".
class AProcessOfAUnit : public testing::Test {
 protected:
  void SetUp() override {
    unit_ = "/openclaw-systemd-test-" + std::to_string(::getpid()) + ".service";
    root_ = unified_root();
    inner_ = root_ + unit_ + "/payload";
    if (::mkdir((root_ + unit_).c_str(), 0755) != 0 || ::mkdir(inner_.c_str(), 0755) != 0) {
      GTEST_SKIP() << "no control group can be made here";
    }
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    child_ = ::fork();
    if (child_ == 0) {
      std::ofstream(inner_ + "/cgroup.procs") << "0" << std::flush;
      const Listener listener = listen_on_loopback();
      static_cast<void>(::write(pipe[1], &listener.port, sizeof listener.port));
      ::pause();
      ::_exit(0);
    }
    ::close(pipe[1]);
    ASSERT_EQ(::read(pipe[0], &port_, sizeof port_), static_cast<ssize_t>(sizeof port_));
    ::close(pipe[0]);
  }
  void TearDown() override {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    ::rmdir(inner_.c_str());
    ::rmdir((root_ + unit_).c_str());
  }

  std::string unit_, root_, inner_;
  pid_t child_ = -1;
  std::uint16_t port_ = 0;
};

TEST_F(AProcessOfAUnit, IsFoundByWhatItListensOn) {
  const auto sockets = listening_sockets_of(unit_);
  ASSERT_TRUE(sockets) << sockets.error().message;
  ASSERT_THAT(*sockets, SizeIs(1));
  EXPECT_EQ(sockets->front().port, port_);
}

TEST_F(AProcessOfAUnit, IsOneOfItsProcesses) {
  EXPECT_THAT(systemd::processes_of(unit_), ElementsAre(child_));
}

TEST(ProcessesOfAUnit, AreNoneOfAGroupThatIsNotThere) {
  EXPECT_THAT(systemd::processes_of("/openclaw-systemd-test-nothing.service"), IsEmpty());
  EXPECT_THAT(systemd::processes_of("/"), IsEmpty()) << "which has those of all units";
}

}  // namespace
