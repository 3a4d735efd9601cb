// SPDX-License-Identifier: MIT
#include "lock/process_identity.hpp"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "fs/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace {

using lock::observe_machine;
using lock::observe_process;

// A procfs of our own: booted at 1,700,000,000 s, with whatever processes the test writes.
class AProcfs : public testing::Test {
 protected:
  AProcfs() {
    proc.write("stat", "cpu  1 2 3\nintr 1 2 3\nctxt 5\nbtime 1700000000\nprocesses 7\n");
    proc.write("loadavg", "0.20 0.18 0.12 1/80 11206\n");
    proc.symlink("pid:[4026531836]", "self/ns/pid");
    process("1", "systemd", 'S', 1, 250);
  }

  void process(const std::string& pid, const std::string& comm, char state, int threads,
               std::uint64_t ticks) {
    proc.write(pid + "/stat", pid + " (" + comm + ") " + state + " 1 1 1 0 -1 4194560 9 9 9 9 9 9 9 9 20 0 " +
                                  std::to_string(threads) + " 0 " + std::to_string(ticks) +
                                  " 49217536 4377 1 2 3\n");
    proc.write(pid + "/status", "Name:\tx\nTgid:\t" + pid + "\nPid:\t" + pid + "\n");
  }
  [[nodiscard]] std::int64_t ticks_to_ms(std::int64_t ticks) const {
    return ticks * 1000 / ::sysconf(_SC_CLK_TCK);
  }

  test_support::TemporaryDirectory proc;
};

TEST_F(AProcfs, TellsWhenAProcessStarted) {
  process("4711", "node", 'S', 11, 123'456);
  const auto facts = observe_process(proc.path(), 4711);
  EXPECT_TRUE(facts.exists);
  EXPECT_EQ(facts.start_ticks, 123'456U);
  EXPECT_EQ(facts.started_at_ms, 1'700'000'000'000 + ticks_to_ms(123'456));
}

TEST_F(AProcfs, IsNotFooledByTheNameOfAProcess) {
  for (const char* comm : {"a) Z 1 1", ") ", "))))", "(", "a\nb) R 1", "node (main)", ""}) {
    process("4711", comm, 'S', 1, 777);
    const auto facts = observe_process(proc.path(), 4711);
    EXPECT_TRUE(facts.exists) << comm;
    EXPECT_EQ(facts.start_ticks, 777U) << comm;
  }
}

TEST_F(AProcfs, CountsAZombieAsGone) {
  process("4711", "node", 'Z', 1, 777);
  EXPECT_FALSE(observe_process(proc.path(), 4711).exists);
  process("4711", "node", 'X', 1, 777);
  EXPECT_FALSE(observe_process(proc.path(), 4711).exists);
}

TEST_F(AProcfs, CountsAProcessWhoseMainThreadEndedAsAlive) {
  process("4711", "node", 'Z', 3, 777);
  EXPECT_TRUE(observe_process(proc.path(), 4711).exists);
}

TEST_F(AProcfs, CountsAStoppedAndABlockedProcessAsAlive) {
  for (const char state : {'R', 'S', 'D', 'T', 't', 'I'}) {
    process("4711", "node", state, 1, 777);
    EXPECT_TRUE(observe_process(proc.path(), 4711).exists) << state;
  }
}

TEST_F(AProcfs, KnowsANumberThatIsAThreadOfAnotherProcess) {
  process("4711", "node", 'S', 11, 777);
  proc.write("4711/status", "Name:\tlibuv-worker\nTgid:\t4700\nPid:\t4711\n");
  EXPECT_FALSE(observe_process(proc.path(), 4711).exists);
}

TEST_F(AProcfs, KnowsNothingOfAProcessThatIsNotThere) {
  const auto facts = observe_process(proc.path(), 4711);
  EXPECT_FALSE(facts.exists);
  EXPECT_FALSE(facts.start_ticks);
}

TEST_F(AProcfs, DoesNotTakeGarbageForProofOfDeath) {
  for (const char* content :
       {"", "4711", "4711 (node", "4711 (node) S", "4711 (node) S 1 1 1 0 -1 x y z",
        "4711 (node) S 1 1 1 0 -1 4194560 9 9 9 9 9 9 9 9 20 0 1 0 99999999999999999999 1"}) {
    proc.write("4711/stat", content);
    const auto facts = observe_process(proc.path(), 4711);
    EXPECT_TRUE(facts.exists) << content;
    EXPECT_FALSE(facts.start_ticks) << content;
  }
}

TEST_F(AProcfs, TakesNoTimeThatNoClockShowsForThatOfTheBoot) {
  process("4711", "node", 'S', 11, 777);
  for (const char* seconds : {"9223372036854775807", "-9223372036854775808", "-1", "x"}) {
    proc.write("stat", std::string("btime ") + seconds + "\n");
    const auto machine = observe_machine(proc.path());
    ASSERT_TRUE(machine) << seconds;
    EXPECT_GT(machine->booted_at_ms, 0) << seconds;
    EXPECT_LE(machine->booted_at_ms, machine->now_ms) << seconds;
    EXPECT_GE(observe_process(proc.path(), 4711).started_at_ms, machine->booted_at_ms - 1000) << seconds;
  }
}

TEST_F(AProcfs, ThatCannotBeReadIsNoProofOfDeath) {
  proc.symlink("/proc/self/stat", "4711/stat");  // ELOOP, as EACCES and EMFILE are elsewhere
  EXPECT_TRUE(observe_process(proc.path(), 4711).exists);
}

TEST_F(AProcfs, IsNotAskedForNumbersThatAreNoProcess) {
  for (const std::int64_t pid :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{-4711}, std::int64_t{4'194'305}}) {
    EXPECT_FALSE(observe_process("/proc", pid).exists) << pid;
  }
}

TEST_F(AProcfs, TellsOfTheMachine) {
  const auto machine = observe_machine(proc.path());
  ASSERT_TRUE(machine) << machine.error().message;
  EXPECT_EQ(machine->booted_at_ms, 1'700'000'000'000);
  EXPECT_EQ(machine->namespace_started_at_ms, 1'700'000'000'000 + ticks_to_ms(250));
  EXPECT_FALSE(machine->namespaced);
  EXPECT_EQ(machine->last_pid, 11206);
}

TEST_F(AProcfs, OfAContainerSaysSo) {
  ::unlink(proc.path("self/ns/pid").c_str());
  proc.symlink("pid:[4026532836]", "self/ns/pid");
  EXPECT_TRUE(observe_machine(proc.path())->namespaced);
}

TEST_F(AProcfs, WithoutNamespacesCountsAsAContainer) {
  ::unlink(proc.path("self/ns/pid").c_str());
  EXPECT_TRUE(observe_machine(proc.path())->namespaced);
}

TEST_F(AProcfs, ThatHidesProcessOneFallsBackToTheBoot) {
  ::unlink(proc.path("1/stat").c_str());
  EXPECT_EQ(observe_machine(proc.path())->namespace_started_at_ms, 1'700'000'000'000);
}

TEST_F(AProcfs, ThatHidesTheMachineFallsBackToTheClocks) {  // ProcSubset=pid
  const auto real = observe_machine("/proc");
  ::unlink(proc.path("stat").c_str());
  ::unlink(proc.path("loadavg").c_str());
  const auto machine = observe_machine(proc.path());
  ASSERT_TRUE(machine);
  EXPECT_NEAR(static_cast<double>(machine->booted_at_ms), static_cast<double>(real->booted_at_ms), 2000);
  EXPECT_EQ(machine->last_pid, ::getpid());
}

TEST_F(AProcfs, WithGarbageForProcessOneIsAnErrorThatNamesIt) {
  proc.write("1/stat", "garbage");
  const auto machine = observe_machine(proc.path());
  ASSERT_FALSE(machine);
  EXPECT_NE(machine.error().message.find("/1/stat"), std::string::npos);
}

TEST(ThisProcess, ExistsAndStartedBeforeNow) {
  const auto machine = observe_machine("/proc");
  const auto facts = observe_process("/proc", ::getpid());
  ASSERT_TRUE(machine);
  EXPECT_TRUE(facts.exists);
  ASSERT_TRUE(facts.started_at_ms);
  EXPECT_LE(*facts.started_at_ms, machine->now_ms);
  EXPECT_GT(*facts.started_at_ms, machine->now_ms - 3'600'000);
}

// ProtectProc=invisible, or no /proc at all.
TEST(AProcessThatProcHides, IsNotDead) {
  const pid_t alive = ::getpid();
  const auto answer = test_support::ask_with_private_mounts([&] {
    return ::mount("tmpfs", "/proc", "tmpfs", 0, nullptr) == 0 && observe_process("/proc", alive).exists &&
           !observe_process("/proc", lock::greatest_pid).exists;
  });
  if (answer == test_support::Answer::impossible) GTEST_SKIP() << "private mounts are not allowed here";
  EXPECT_EQ(answer, test_support::Answer::yes);
}

TEST(AThreadOfThisProcess, IsNoProcess) {
  pid_t thread = 0;
  bool exists = true;
  std::thread([&] {
    thread = ::gettid();
    exists = observe_process("/proc", thread).exists;
  }).join();
  EXPECT_NE(thread, ::getpid());
  EXPECT_FALSE(exists);
}

TEST(AChild, IsGoneAsAZombieAndWhenReaped) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);  // a zombie from here on
  EXPECT_FALSE(observe_process("/proc", child).exists);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_FALSE(observe_process("/proc", child).exists);
}

}  // namespace
