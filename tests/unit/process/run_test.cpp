// SPDX-License-Identifier: MIT
#include "process/run.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "base/unique_fd.hpp"
#include "support/temporary_directory.hpp"

namespace {

using namespace std::chrono_literals;
using test_support::TemporaryDirectory;
using testing::HasSubstr;

process::Command shell(const std::string& script, const std::string& directory = "/") {
  return {{"/bin/sh", "-c", script}, {{"PATH", "/usr/bin:/bin"}}, directory};
}

process::Watch watch_every(std::chrono::milliseconds interval, std::chrono::seconds stall = 300s) {
  process::Watch watch;
  watch.interval = interval;
  watch.stall_timeout = stall;
  return watch;
}

bool wait_until_gone(pid_t pid) {
  for (int i = 0; i < 500 && ::kill(pid, 0) == 0; ++i) std::this_thread::sleep_for(10ms);
  return ::kill(pid, 0) != 0 && errno == ESRCH;
}

pid_t pid_in(const TemporaryDirectory& folder, const std::string& file) {
  for (int i = 0; i < 500 && folder.status(file).st_size == 0; ++i) std::this_thread::sleep_for(10ms);
  return static_cast<pid_t>(std::stoi("0" + folder.read(file)));
}

TEST(Run, AnswersStatusAndOutputOfBothStreams) {
  const auto outcome = process::run(shell("echo out; echo err >&2; exit 3"), {});
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->exit_status, 3);
  EXPECT_EQ(outcome->output, "out\nerr\n");
  EXPECT_FALSE(outcome->stalled);
}

TEST(Run, AnswersASignalAsAShellDoes) {
  const auto outcome = process::run(shell("kill -SEGV $$"), {});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->exit_status, 128 + SIGSEGV);
}

TEST(Run, GivesExactlyTheEnvironmentDirectoryAndNoInput) {
  const TemporaryDirectory folder;
  auto command = shell("pwd; cat; exec env", folder.path());
  command.environment = {{"ONLY", "this one"}, {"PATH", "/usr/bin:/bin"}};
  const auto outcome = process::run(command, {});
  ASSERT_TRUE(outcome);
  EXPECT_THAT(outcome->output, testing::StartsWith(folder.path() + "\n"));
  EXPECT_THAT(outcome->output, HasSubstr("ONLY=this one\n"));
  EXPECT_THAT(outcome->output, testing::Not(HasSubstr("HOME=")));
}

TEST(Run, GivesAnOpenFileAsInputFromWhereItIs) {
  const TemporaryDirectory folder;
  const base::UniqueFd file(::open(folder.write("input", "not this, that").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::lseek(file.get(), 10, SEEK_SET), 10);
  auto command = shell("cat; ls /proc/self/fd | wc -l");
  command.standard_input = file.get();
  const auto outcome = process::run(command, {});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->output, "that4\n");
}

TEST(Run, LeavesNoDescriptorButTheThree) {
  // As a socket that systemd has passed: nobody has marked it.
  const base::UniqueFd inheritable(::open("/dev/null", O_RDONLY));
  ASSERT_TRUE(inheritable);
  const auto outcome = process::run(shell("ls /proc/self/fd | wc -l"), {});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->output, "4\n");  // and the one that ls reads
}

// Ignored and blocked signals outlive exec: a client that ignores SIGPIPE does not notice that we are gone.
TEST(Run, PassesOnNoSignalThatItIgnoresOrHoldsBack) {
  struct sigaction ignored = {}, before = {};
  ignored.sa_handler = SIG_IGN;
  ASSERT_EQ(::sigaction(SIGPIPE, &ignored, &before), 0);
  const auto outcome =
      process::run(shell("exec grep -E '^Sig(Blk|Ign):.*[^0:[:space:]]' /proc/self/status"), {});
  ::sigaction(SIGPIPE, &before, nullptr);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->output, "");
}

TEST(Run, SaysThatAProgramCannotBeStarted) {
  const auto missing = process::run({{"/nowhere/npm"}, {}, "/"}, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().number, ENOENT);
  EXPECT_THAT(missing.error().message, HasSubstr("cannot run /nowhere/npm"));
  const auto nowhere = process::run({{"/bin/true"}, {}, "/nowhere"}, {});
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("/nowhere"));
  EXPECT_FALSE(process::run({}, {}));
}

TEST(Run, KeepsWholeLinesOfTheLast64KiB) {
  const auto outcome =
      process::run(shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"), {});
  ASSERT_TRUE(outcome);
  EXPECT_LE(outcome->output.size(), 64U * 1024);
  EXPECT_GT(outcome->output.size(), 64U * 1024 - 20);
  EXPECT_THAT(outcome->output, testing::StartsWith("line "));
  EXPECT_THAT(outcome->output, testing::EndsWith("line 19999\n"));
}

TEST(Run, TellsWhatWasSaidLastWhileItRuns) {
  auto watch = watch_every(20ms);
  std::vector<std::string> heard;
  watch.tick = [&](auto, auto, std::string_view line) { heard.emplace_back(line); };
  ASSERT_TRUE(process::run(shell("printf 'one\\n\\033[31mtwo\\033[0m\\nhalf'; sleep 0.2"), watch));
  EXPECT_THAT(heard, testing::Contains("two"));
}

TEST(Run, StopsWhatDoesNothingAndAllThatItStarted) {
  const TemporaryDirectory folder;
  auto command = shell("sleep 1000 & echo $! > child; trap '' TERM; sleep 1001; sleep 1002", folder.path());
  // The trap makes TERM useless for the shell; its sleeps die, it goes on, and KILL ends it.
  const auto outcome = process::run(command, watch_every(50ms, 1s));
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->stalled);
  EXPECT_EQ(outcome->exit_status, 128 + SIGKILL);
  EXPECT_TRUE(wait_until_gone(pid_in(folder, "child")));
}

TEST(Run, LetsWhatItStopsTidyUpFirst) {
  const TemporaryDirectory folder;
  auto watch = watch_every(50ms);
  watch.give_up = [&](auto) { return folder.exists("ready"); };
  const auto outcome = process::run(
      shell("trap 'touch tidied; exit 7' TERM; touch ready; while :; do sleep 0.1; done", folder.path()),
      watch);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->exit_status, 7);
  EXPECT_TRUE(folder.exists("tidied"));
}

TEST(Run, LetsTheSlowWorkAsLongAsItSaysSomething) {
  const auto outcome =
      process::run(shell("for i in 1 2 3 4 5 6; do echo $i; sleep 0.4; done"), watch_every(50ms, 1s));
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->stalled);
  EXPECT_EQ(outcome->exit_status, 0);
}

TEST(Run, CountsSilentWritingAsWork) {
  const TemporaryDirectory folder;
  const auto outcome = process::run(
      shell("for i in 1 2 3 4 5 6; do dd if=/dev/zero of=f bs=64k count=16 2>/dev/null; sleep 0.1; "
            "dd if=/dev/zero bs=64k count=16 2>/dev/null | cat > g; sleep 0.3; done",
            folder.path()),
      watch_every(5ms, 2s));
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->stalled);
}

TEST(Run, DoesNotCountLinesAboutTryingAgain) {
  auto watch = watch_every(50ms, 1s);
  watch.is_progress = [](std::string_view line) { return line.find("attempt") == std::string_view::npos; };
  const auto outcome = process::run(shell("while :; do echo attempt; sleep 0.2; done"), watch);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->stalled);
}

TEST(Run, StopsEarlyWhenTheWatcherGivesUp) {
  auto watch = watch_every(20ms);
  watch.give_up = [](auto idle) { return idle >= 200ms; };
  const auto outcome = process::run(shell("sleep 1000"), watch);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->stalled);
}

TEST(Run, LeavesNoDaemonBehind) {
  const TemporaryDirectory folder;
  const auto outcome = process::run(
      shell("setsid sh -c 'setsid sleep 1000 >/dev/null 2>&1 & echo $! > daemon' & sleep 0.3", folder.path()),
      {});
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(wait_until_gone(pid_in(folder, "daemon")));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // all reaped
}

TEST(Run, DoesNotWaitForADaemonThatHoldsThePipe) {
  const auto outcome = process::run(shell("sleep 1000 & echo done"), watch_every(50ms));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->output, "done\n");
}

TEST(Run, LeavesOtherChildrenOfOursAlone) {
  const pid_t other = ::fork();
  if (other == 0) {
    ::pause();
    ::_exit(0);
  }
  ASSERT_TRUE(process::run(shell("exit 0"), {}));
  EXPECT_EQ(::kill(other, 0), 0);
  ::kill(other, SIGKILL);
  EXPECT_EQ(::waitpid(other, nullptr, 0), other);
}

// In a process of its own: gets the signal while the child runs.
int status_of_stopped_parent(const TemporaryDirectory& folder, int number) {
  const pid_t parent = ::fork();
  if (parent == 0) {
    ::signal(SIGTERM, SIG_DFL);
    static_cast<void>(process::run(shell("echo $$ > child; sleep 1000", folder.path()), watch_every(50ms)));
    ::_exit(7);  // not reached: the signal takes its course
  }
  pid_in(folder, "child");
  ::kill(parent, number);
  int status = 0;
  EXPECT_EQ(::waitpid(parent, &status, 0), parent);
  return status;
}

TEST(Run, TakesTheChildAlongWhenWeAreToldToStop) {
  const TemporaryDirectory folder;
  const int status = status_of_stopped_parent(folder, SIGTERM);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  EXPECT_TRUE(wait_until_gone(pid_in(folder, "child")));
}

TEST(Run, TakesTheChildAlongWhenWeAreKilled) {
  const TemporaryDirectory folder;
  const int status = status_of_stopped_parent(folder, SIGKILL);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  EXPECT_TRUE(wait_until_gone(pid_in(folder, "child")));
}

volatile sig_atomic_t handled = 0;

TEST(Run, LeavesTheProgramsOwnHandlerTheLastWord) {
  handled = 0;
  struct sigaction ours {};
  struct sigaction before {};
  ours.sa_handler = [](int number) { handled = number; };
  ::sigaction(SIGTERM, &ours, &before);
  process::Watch watch = watch_every(20ms);
  watch.tick = [](auto, auto, auto) { ::kill(::getpid(), SIGTERM); };
  const auto outcome = process::run(shell("sleep 1000"), watch);
  ::sigaction(SIGTERM, &before, nullptr);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, base::ErrorKind::unavailable);
  EXPECT_THAT(outcome.error().message, HasSubstr("Terminated"));
  EXPECT_EQ(handled, SIGTERM);
}

TEST(Run, RestoresWhatItChangesOfThisProcess) {
  sigset_t before;
  sigset_t after;
  ::sigprocmask(SIG_SETMASK, nullptr, &before);
  ASSERT_TRUE(process::run(shell("exit 0"), {}));
  ::sigprocmask(SIG_SETMASK, nullptr, &after);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    EXPECT_EQ(::sigismember(&before, number), ::sigismember(&after, number));
  }
  int subreaper = -1;
  ::prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
  EXPECT_EQ(subreaper, 0);
}

}  // namespace
