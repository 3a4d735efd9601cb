// SPDX-License-Identifier: MIT
#include "lock/owner_lock.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include "support/temporary_directory.hpp"

namespace {

using lock::examine;
using lock::LockVerdict;
using lock::reclaim;
using State = LockVerdict::State;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* name = ".openclaw-runtime-deps.lock";

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

pid_t ended_process() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return child;
}

std::string owner(std::int64_t pid, std::int64_t created = now_ms()) {
  return "{\"pid\":" + std::to_string(pid) + ",\"createdAtMs\":" + std::to_string(created) + "}";
}

class AStagedRoot : public testing::Test {
 protected:
  void take(std::int64_t pid, std::int64_t created = now_ms()) const {
    root.write(std::string(name) + "/owner.json", owner(pid, created));
  }
  void age(const std::string& entry, int seconds) const {
    const std::int64_t time = now_ms() / 1000 - seconds;
    const timespec times[2] = {{time, 0}, {time, 0}};
    ASSERT_EQ(::utimensat(root.fd(), entry.c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
  }
  [[nodiscard]] LockVerdict verdict() const {
    const auto seen = examine(root.fd(), name);
    if (!seen) ADD_FAILURE() << seen.error().message;
    return seen.value_or(LockVerdict{});
  }
  [[nodiscard]] LockVerdict reclaimed() const {
    const auto done = reclaim(root.fd(), name);
    if (!done) ADD_FAILURE() << done.error().message;
    return done.value_or(LockVerdict{});
  }

  test_support::TemporaryDirectory root;
};

TEST_F(AStagedRoot, WithoutALockIsFree) {
  EXPECT_EQ(verdict().state, State::absent);
  EXPECT_EQ(reclaimed().state, State::absent);
}

TEST_F(AStagedRoot, IsFreedFromALockOfAnEndedProcess) {
  const pid_t pid = ended_process();
  take(pid);
  const auto done = reclaimed();
  EXPECT_EQ(done.state, State::gone);
  EXPECT_EQ(done.pid, pid);
  EXPECT_THAT(done.reason, HasSubstr("process " + std::to_string(pid) + " no longer exists"));
  EXPECT_THAT(root.names(), IsEmpty());
}

TEST_F(AStagedRoot, IsFreedFromALockWithAReusedPid) {  // #75028
  const pid_t younger = ::fork();
  if (younger == 0) {
    for (;;) ::pause();
  }
  take(younger, now_ms() - 10'000);
  const auto done = reclaimed();
  ::kill(younger, SIGKILL);
  ::waitpid(younger, nullptr, 0);
  EXPECT_EQ(done.state, State::gone);
  EXPECT_THAT(done.reason, HasSubstr("younger than the lock"));
  EXPECT_THAT(root.names(), IsEmpty());
}

TEST_F(AStagedRoot, IsFreedFromALockWithAnotherStartTime) {  // #74346
  root.write(std::string(name) + "/owner.json",
             "{\"pid\":" + std::to_string(::getpid()) +
                 ",\"starttime\":1,\"createdAtMs\":" + std::to_string(now_ms()) + "}");
  EXPECT_EQ(reclaimed().state, State::gone);
  EXPECT_THAT(root.names(), IsEmpty());
}

TEST_F(AStagedRoot, KeepsTheLockOfALivingProcess) {
  take(::getpid());
  const auto done = reclaimed();
  EXPECT_EQ(done.state, State::held);
  EXPECT_EQ(done.pid, ::getpid());
  EXPECT_THAT(root.names(), ElementsAre(name));
  EXPECT_THAT(root.read(std::string(name) + "/owner.json"), HasSubstr(std::to_string(::getpid())));
}

TEST_F(AStagedRoot, KeepsALockWithoutOwnerForThirtySeconds) {
  root.mkdir(name);
  EXPECT_EQ(reclaimed().state, State::held);
  age(name, 25);
  EXPECT_EQ(reclaimed().state, State::held);
  age(name, 31);
  EXPECT_EQ(reclaimed().state, State::gone);
  EXPECT_THAT(root.names(), IsEmpty());
}

TEST_F(AStagedRoot, IsFreedFromALockWithAllThatSomebodyPutInIt) {
  take(ended_process());
  root.write(std::string(name) + "/a/b/c", "x", 0400);
  root.symlink("/etc", std::string(name) + "/etc");
  EXPECT_EQ(reclaimed().state, State::gone);
  EXPECT_THAT(root.names(), IsEmpty());
  EXPECT_EQ(::access("/etc/passwd", F_OK), 0);
}

// What stands where owner.json belongs: never followed, never waited for, never believed.
class AStrangeOwner : public AStagedRoot {
 protected:
  void expect_malformed() {
    age(name, 10);
    EXPECT_EQ(verdict().state, State::held);
    age(name, 40);
    EXPECT_EQ(verdict().state, State::gone);
    EXPECT_EQ(reclaimed().state, State::gone);
    EXPECT_THAT(root.names(), testing::Not(testing::Contains(name)));
  }
  const std::string file = std::string(name) + "/owner.json";
};

TEST_F(AStrangeOwner, ThatIsASymlinkIsNotFollowed) {
  root.write("elsewhere", owner(::getpid()));
  root.symlink("../elsewhere", file);
  expect_malformed();
  EXPECT_TRUE(root.is_file("elsewhere"));
}

TEST_F(AStrangeOwner, ThatIsAFifoDoesNotBlock) {
  root.mkdir(name);
  ASSERT_EQ(::mkfifo(root.path(file).c_str(), 0600), 0);
  expect_malformed();
}

TEST_F(AStrangeOwner, ThatIsAFolderIsNotBelieved) {
  root.mkdir(file);
  expect_malformed();
}

TEST_F(AStrangeOwner, ThatIsASocketIsNotBelieved) {
  root.mkdir(name);
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  root.path(file).copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(fd);
  expect_malformed();
}

TEST_F(AStrangeOwner, OfAHundredMegabytesIsNotRead) {
  root.write(file, owner(::getpid()));
  ASSERT_EQ(::truncate(root.path(file).c_str(), 100'000'000), 0);
  expect_malformed();
}

TEST_F(AStrangeOwner, OfJustTheLimitIsReadAndOneByteMoreIsNot) {
  std::string text = owner(::getpid());
  text.resize(65'536, ' ');
  root.write(file, text);
  EXPECT_EQ(verdict().pid, ::getpid());
  root.write(file, text + " ");
  EXPECT_FALSE(verdict().pid);
}

// What stands where the lock folder belongs blocks OpenClaw's mkdir for ever.
TEST_F(AStagedRoot, IsFreedFromAFileInPlaceOfTheLock) {
  root.write(name, owner(::getpid()));
  EXPECT_EQ(reclaimed().state, State::held);
  age(name, 40);
  EXPECT_EQ(reclaimed().state, State::gone);
  EXPECT_THAT(root.names(), IsEmpty());
}

TEST_F(AStagedRoot, IsFreedFromALinkInPlaceOfTheLockButNotOfItsTarget) {
  root.write("elsewhere/owner.json", owner(ended_process()));
  root.symlink("elsewhere", name);
  EXPECT_EQ(reclaimed().state, State::held);  // the target is never read
  age(name, 40);
  EXPECT_EQ(reclaimed().state, State::gone);
  EXPECT_THAT(root.names(), ElementsAre("elsewhere"));
  EXPECT_TRUE(root.is_file("elsewhere/owner.json"));
}

TEST_F(AStagedRoot, IsFreedFromADanglingLink) {
  root.symlink("/nowhere/at/all", name);
  age(name, 40);
  EXPECT_EQ(reclaimed().state, State::gone);
  EXPECT_THAT(root.names(), IsEmpty());
}

TEST_F(AStagedRoot, RefusesNamesThatAreNotInIt) {
  for (const char* bad : {"", ".", "..", "a/b", "/etc"}) {
    const auto seen = reclaim(root.fd(), bad);
    ASSERT_FALSE(seen) << bad;
    EXPECT_EQ(seen.error().kind, base::ErrorKind::bad_input);
  }
}

TEST_F(AStagedRoot, WhoseLockCannotBeReadKeepsIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to be somebody else";
  take(ended_process());
  root.mkdir(name, 0700);
  age(name, 60);
  ::chmod(root.path().c_str(), 0755);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool dropped = ::setresuid(65534, 65534, 65534) == 0;
    const auto seen = examine(root.fd(), name);
    ::_exit(dropped && seen && seen->state == State::held ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(AStagedRoot, ThatMayNotBeWrittenSaysWhatToDo) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to be somebody else";
  take(ended_process());
  ::chmod(root.path().c_str(), 0755);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool dropped = ::setresuid(65534, 65534, 65534) == 0;
    const auto done = reclaim(root.fd(), name);
    const bool told =
        !done && done.error().number == EACCES && done.error().message.find(name) != std::string::npos;
    ::_exit(dropped && told ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_THAT(root.names(), ElementsAre(name));
}

// Between the two halves of reclaim(), step by step.
TEST_F(AStagedRoot, GetsALockBackThatWasMovedThoughItIsHeld) {
  take(::getpid());
  const auto aside = lock::move_aside(root.fd(), name);
  ASSERT_TRUE(aside);
  EXPECT_THAT(root.names(), ElementsAre(*aside));
  const auto settled = lock::settle(root.fd(), *aside, name);
  ASSERT_TRUE(settled);
  EXPECT_EQ(settled->state, State::held);
  EXPECT_THAT(root.names(), ElementsAre(name));
  EXPECT_TRUE(root.is_file(std::string(name) + "/owner.json"));
}

TEST_F(AStagedRoot, LeavesTheLockThatWasTakenMeanwhile) {
  take(::getpid(), now_ms() - 1);
  const auto aside = lock::move_aside(root.fd(), name);
  ASSERT_TRUE(aside);
  root.mkdir(name);  // another process, which has not written its owner.json yet
  const auto settled = lock::settle(root.fd(), *aside, name);
  ASSERT_TRUE(settled);
  EXPECT_EQ(settled->state, State::held);
  EXPECT_THAT(settled->reason, HasSubstr("another process has taken the lock since"));
  EXPECT_THAT(root.names(), ElementsAre(name, *aside));
  EXPECT_THAT(root.names(name), IsEmpty());
}

TEST_F(AStagedRoot, RemovesAnAbandonedLockBesideOneThatWasTakenMeanwhile) {
  take(ended_process());
  const auto aside = lock::move_aside(root.fd(), name);
  ASSERT_TRUE(aside);
  take(::getpid());
  const auto settled = lock::settle(root.fd(), *aside, name);
  ASSERT_TRUE(settled);
  EXPECT_EQ(settled->state, State::gone);
  EXPECT_THAT(root.names(), ElementsAre(name));
}

TEST_F(AStagedRoot, MovesNothingAsideWhereThereIsNothing) {
  const auto aside = lock::move_aside(root.fd(), name);
  ASSERT_TRUE(aside);
  EXPECT_EQ(*aside, "");
}

TEST_F(AStagedRoot, IsSweptOfWhatAKilledReclaimerLeft) {
  take(ended_process());
  const auto left = lock::move_aside(root.fd(), name);
  ASSERT_TRUE(left);
  take(::getpid());
  const auto held = lock::move_aside(root.fd(), name);
  ASSERT_TRUE(held);
  take(ended_process());
  EXPECT_EQ(reclaimed().state, State::gone);
  EXPECT_THAT(root.names(), ElementsAre(*held));  // its owner lives: neither removed nor put back
  EXPECT_THAT(*held, StartsWith(std::string(name) + ".reclaimed-"));
}

TEST_F(AStagedRoot, GoesByTheProcfsThatItIsTold) {
  take(4711);
  root.write("proc/stat", "btime " + std::to_string(now_ms() / 1000 - 3600) + "\n");
  root.write("proc/4711/stat", "4711 (node) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 0 0\n");
  const auto seen = examine(root.fd(), name, root.path("proc"));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->state, State::held);
}

}  // namespace
