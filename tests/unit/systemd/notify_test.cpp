// SPDX-License-Identifier: MIT
#include "systemd/notify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "support/temporary_directory.hpp"

namespace {

using namespace std::chrono_literals;
using systemd::SystemdNotifier;
using testing::ElementsAre;
using testing::IsEmpty;

// The manager's end of $NOTIFY_SOCKET. Reads on a thread of its own, and closes what descriptors it is sent:
// that is what answers a barrier.
class AManager : public testing::Test {
 protected:
  void SetUp() override {
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    folder_.path("notify").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::setenv("NOTIFY_SOCKET", folder_.path("notify").c_str(), 1);
  }
  void TearDown() override {
    ::unsetenv("NOTIFY_SOCKET");
    ::close(socket_);
  }

  // What has been sent by now.
  std::vector<std::string> received() {
    std::vector<std::string> messages;
    for (;;) {
      std::array<char, 4096> buffer{};
      alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(ucred))> control{};
      iovec part{buffer.data(), buffer.size()};
      msghdr header{};
      header.msg_iov = &part;
      header.msg_iovlen = 1;
      header.msg_control = control.data();
      header.msg_controllen = control.size();
      const ssize_t size = ::recvmsg(socket_, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
      if (size < 0) return messages;
      messages.emplace_back(buffer.data(), static_cast<std::size_t>(size));
      for (cmsghdr* part_of = CMSG_FIRSTHDR(&header); part_of != nullptr;
           part_of = CMSG_NXTHDR(&header, part_of)) {
        if (part_of->cmsg_type != SCM_RIGHTS) continue;
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(part_of), sizeof fd);
        ::close(fd);
      }
    }
  }

  SystemdNotifier notifier;

 private:
  test_support::TemporaryDirectory folder_;
  int socket_ = -1;
};

TEST_F(AManager, IsToldTheStatus) {
  notifier.status("staging 3 plugins");
  EXPECT_THAT(received(), ElementsAre("STATUS=staging 3 plugins"));
}

TEST_F(AManager, IsToldNothingElseByAStatusThatQuotesSomething) {
  notifier.status("npm says: done\nMAINPID=1\nREADY=1");
  EXPECT_THAT(received(), ElementsAre("STATUS=npm says: done MAINPID=1 READY=1"));
}

TEST_F(AManager, SeesNoEscapeSequences) {
  notifier.status("\x1b[31mred\x1b[0m");
  EXPECT_THAT(received(), ElementsAre("STATUS=red"));
}

TEST_F(AManager, IsNotSentMoreThanALine) {
  notifier.status(std::string(100'000, 'x'));
  const auto messages = received();
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_LT(messages[0].size(), 600U);
}

TEST_F(AManager, IsAskedForMoreTime) {
  notifier.extend_timeout(90s);
  notifier.extend_timeout(0s);
  notifier.extend_timeout(-1s);
  EXPECT_THAT(received(), ElementsAre("EXTEND_TIMEOUT_USEC=90000000"));
}

TEST_F(AManager, IsNotWaitedForWhenNothingWasSaid) {
  notifier.flush();
  EXPECT_THAT(received(), IsEmpty());
}

TEST_F(AManager, IsWaitedForUntilItHasRead) {
  std::atomic<bool> flushed = false;
  std::thread sender([&] {
    notifier.status("done");
    notifier.flush();
    flushed = true;
  });
  std::this_thread::sleep_for(50ms);
  EXPECT_FALSE(flushed);
  std::vector<std::string> all;
  for (int i = 0; i < 200 && !flushed; ++i) {
    for (std::string& message : received()) all.push_back(std::move(message));
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_TRUE(flushed);
  sender.join();
  EXPECT_THAT(all, ElementsAre("STATUS=done", "BARRIER=1"));
}

TEST(WithoutAManager, NothingIsSentAndNothingWaits) {
  ::unsetenv("NOTIFY_SOCKET");
  SystemdNotifier notifier;
  notifier.status("working");
  notifier.extend_timeout(1s);
  notifier.flush();
}

TEST(WithAManagerThatIsGone, NothingFails) {
  ::setenv("NOTIFY_SOCKET", "/nowhere/notify", 1);
  SystemdNotifier notifier;
  notifier.status("working");
  notifier.flush();
  ::unsetenv("NOTIFY_SOCKET");
}

}  // namespace
