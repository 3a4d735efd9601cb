// SPDX-License-Identifier: MIT
#include "lock/kernel_lock.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>
#include <thread>

#include "support/temporary_directory.hpp"

namespace {

using namespace std::chrono_literals;
using lock::KernelLock;
using testing::HasSubstr;

constexpr const char* name = "stage.lock";

// A process that holds the lock until it is killed.
class Holder {
 public:
  explicit Holder(int dir_fd) {
    std::array<int, 2> ready{};
    if (::pipe2(ready.data(), O_CLOEXEC) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      auto held = KernelLock::acquire(dir_fd, name);
      if (!held) ::_exit(1);
      if (::write(ready[1], "y", 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    ::close(ready[1]);
    char answer = 0;
    holds_ = ::read(ready[0], &answer, 1) == 1;
    ::close(ready[0]);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() { kill(); }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  [[nodiscard]] bool holds() const { return holds_; }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  bool holds_ = false;
};

class AKernelLock : public testing::Test {
 protected:
  [[nodiscard]] base::Result<KernelLock> acquire(std::chrono::milliseconds wait = {}) const {
    return KernelLock::acquire(folder.fd(), name, wait);
  }
  test_support::TemporaryDirectory folder;
};

TEST_F(AKernelLock, IsAPrivateFileThatNamesItsHolder) {
  const auto held = acquire();
  ASSERT_TRUE(held) << held.error().message;
  EXPECT_EQ(folder.mode(name), 0600U);
  EXPECT_EQ(folder.read(name), std::to_string(::getpid()) + " test_lock\n");
}

TEST_F(AKernelLock, IsHeldOnlyOnceEvenInOneProcess) {
  const auto held = acquire();
  ASSERT_TRUE(held);
  const auto second = acquire();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, base::ErrorKind::busy);
}

TEST_F(AKernelLock, IsFreeAgainWhenItsOwnerGoes) {
  { ASSERT_TRUE(acquire()); }
  EXPECT_TRUE(acquire());
  EXPECT_TRUE(folder.is_file(name));  // removal would race
}

TEST_F(AKernelLock, IsHeldByWhoeverItWasMovedTo) {
  auto held = acquire();
  ASSERT_TRUE(held);
  {
    const KernelLock moved = std::move(*held);
    EXPECT_FALSE(acquire());
  }
  EXPECT_TRUE(acquire());
}

TEST_F(AKernelLock, OfAnotherProcessIsBusyAndNamesIt) {
  const Holder holder(folder.fd());
  ASSERT_TRUE(holder.holds());
  const auto held = acquire();
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().kind, base::ErrorKind::busy);
  EXPECT_THAT(held.error().message, HasSubstr("process " + std::to_string(holder.pid()) + " test_lock"));
  EXPECT_THAT(held.error().message, HasSubstr(name));
}

TEST_F(AKernelLock, IsFreeAtOnceWhenItsHolderIsKilled) {
  Holder holder(folder.fd());
  ASSERT_TRUE(holder.holds());
  holder.kill();
  EXPECT_TRUE(acquire());
}

TEST_F(AKernelLock, IsNotInheritedByPrograms) {
  std::array<int, 2> finished{};
  ASSERT_EQ(::pipe2(finished.data(), O_CLOEXEC), 0);
  pid_t child = -1;
  {
    const auto held = acquire();
    ASSERT_TRUE(held);
    child = ::fork();
    if (child == 0) {
      ::execl("/bin/sleep", "sleep", "60", nullptr);
      ::_exit(1);
    }
    ::close(finished[1]);
    char end = 0;
    EXPECT_EQ(::read(finished[0], &end, 1), 0);  // exec took place
    ::close(finished[0]);
  }
  EXPECT_TRUE(acquire());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST_F(AKernelLock, IsWaitedForUntilTheDeadline) {
  const auto held = acquire();
  ASSERT_TRUE(held);
  const auto start = std::chrono::steady_clock::now();
  const auto second = acquire(150ms);
  const auto waited = std::chrono::steady_clock::now() - start;
  ASSERT_FALSE(second);
  EXPECT_GE(waited, 150ms);
  EXPECT_THAT(second.error().message, HasSubstr("150 ms"));
}

TEST_F(AKernelLock, IsTakenSoonAfterItBecomesFree) {
  Holder holder(folder.fd());
  ASSERT_TRUE(holder.holds());
  std::thread killer([&] {
    std::this_thread::sleep_for(100ms);
    holder.kill();
  });
  EXPECT_TRUE(acquire(std::chrono::milliseconds::max()));  // and no overflow
  killer.join();
}

TEST_F(AKernelLock, WithoutHolderTextIsStillBusy) {
  const auto held = acquire();
  ASSERT_TRUE(held);
  ASSERT_EQ(::truncate(folder.path(name).c_str(), 0), 0);
  EXPECT_THAT(acquire().error().message, HasSubstr("an unnamed process"));
}

TEST_F(AKernelLock, ShowsNoControlCharactersOfAHolder) {
  const auto held = acquire();
  ASSERT_TRUE(held);
  const int fd = ::open(folder.path(name).c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  ASSERT_GT(::write(fd, "7 \x1b[31mevil\nline", 17), 0);
  ::close(fd);
  EXPECT_THAT(acquire().error().message, HasSubstr("process 7 evil line holds"));
}

TEST_F(AKernelLock, IsNeverASymlink) {
  folder.write("precious", "precious");
  folder.symlink("precious", name);
  const auto held = acquire();
  ASSERT_FALSE(held);
  EXPECT_THAT(held.error().message, HasSubstr("symbolic link"));
  EXPECT_EQ(folder.read("precious"), "precious");
}

TEST_F(AKernelLock, IsNeverASecondNameOfAnotherFile) {
  folder.write("precious", "precious");
  ASSERT_EQ(::link(folder.path("precious").c_str(), folder.path(name).c_str()), 0);
  EXPECT_FALSE(acquire());
  EXPECT_EQ(folder.read("precious"), "precious");
}

TEST_F(AKernelLock, IsNeverAFifo) {
  ASSERT_EQ(::mkfifo(folder.path(name).c_str(), 0600), 0);
  const auto held = acquire();
  ASSERT_FALSE(held);
  EXPECT_THAT(held.error().message, HasSubstr("not a regular file"));
}

TEST_F(AKernelLock, InAMissingFolderIsAnErrorWithItsName) {
  const auto held = KernelLock::acquire(folder.fd(), "no/such/folder.lock");
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().number, ENOENT);
  EXPECT_THAT(held.error().message, HasSubstr("no/such/folder.lock"));
}

TEST_F(AKernelLock, ThatRootMakesInTheFolderOfAUserBelongsToThatUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  ASSERT_EQ(::chown(folder.path().c_str(), 65534, 65534), 0);
  { ASSERT_TRUE(acquire()); }
  EXPECT_EQ(folder.status(name).st_uid, 65534U);
}

TEST_F(AKernelLock, OfAnotherUserSaysWhoseItIs) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to be somebody else";
  { ASSERT_TRUE(acquire()); }
  ::chmod(folder.path().c_str(), 0755);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool dropped = ::setresuid(65534, 65534, 65534) == 0;
    const auto held = acquire();
    const bool told =
        !held && held.error().message.find("of user 0 (chown it to user 65534)") != std::string::npos;
    ::_exit(dropped && told ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
