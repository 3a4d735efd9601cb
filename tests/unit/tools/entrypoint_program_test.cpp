// SPDX-License-Identifier: MIT
// The entrypoint as a container runs it: the whole programs, as the first process where it matters.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "support/temporary_directory.hpp"

namespace {

using testing::HasSubstr;
using testing::IsEmpty;

void pause_briefly() {
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

class AnEntrypoint : public testing::Test {
 protected:
  AnEntrypoint() {
    place.write("image/package.json", R"({"name":"openclaw","version":"2026.9.6"})");
    place.mkdir("image/dist");
    place.mkdir("volume");
    place.write("helpers.ini", "[gateway]\nnode = /bin/sh\n");
  }

  // Becomes the program under test, with its log in a file.
  [[noreturn]] void become(std::vector<std::string> options, const std::string& script) const {
    const int log = ::open(place.path("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::setenv("HOME", place.path("volume").c_str(), 1);
    ::unsetenv("STATE_DIRECTORY");
    std::vector<std::string> words = {std::string(PROGRAMS) + "/openclaw-stage-deps",
                                      "--guard-state",
                                      "--settings",
                                      place.path("helpers.ini"),
                                      "--package-root",
                                      place.path("image")};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"--", "/bin/sh", "-c", script});
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(99);
  }
  [[nodiscard]] pid_t start(const std::string& script, const std::vector<std::string>& options = {}) const {
    const pid_t child = ::fork();
    if (child == 0) become(options, script);
    return child;
  }
  // As process 1 of a process namespace; -1 where there can be none.
  [[nodiscard]] pid_t start_as_first(const std::string& script,
                                     const std::vector<std::string>& options = {}) const {
    int tell[2] = {};
    EXPECT_EQ(0, ::pipe2(tell, O_CLOEXEC));
    const pid_t between = ::fork();
    if (between == 0) {
      pid_t first = ::unshare(CLONE_NEWPID) == 0 ? ::fork() : -1;
      if (first == 0) become(options, script);
      (void)!::write(tell[1], &first, sizeof first);
      int status = 0;
      if (first > 0) ::waitpid(first, &status, 0);
      // As a shell tells of it.
      ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
    pid_t first = -1;
    EXPECT_EQ(ssize_t{sizeof first}, ::read(tell[0], &first, sizeof first));
    ::close(tell[0]);
    ::close(tell[1]);
    between_ = between;
    return first;
  }
  [[nodiscard]] int status_of_first() const { return WEXITSTATUS(wait_for(between_)); }

  static int wait_for(pid_t process) {
    int status = 0;
    EXPECT_EQ(process, ::waitpid(process, &status, 0));
    return status;
  }
  // That the process has come that far; a process that ends before is a failure.
  static void wait_until(const std::function<bool()>& come) {
    while (!come()) pause_briefly();
  }
  void wait_for_file(const char* name) const {
    wait_until([&] { return place.exists(name); });
  }
  [[nodiscard]] static std::string read_proc(pid_t process, const std::string& name) {
    const std::string path = "/proc/" + std::to_string(process) + "/" + name;
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    char buffer[4096] = {};
    const ssize_t size = fd < 0 ? 0 : ::read(fd, buffer, sizeof buffer);
    ::close(fd);
    return {buffer, size > 0 ? static_cast<std::size_t>(size) : 0};
  }
  [[nodiscard]] static bool has_open(pid_t process, const std::string& file) {
    for (int fd = 3; fd < 64; ++fd) {
      const std::string link = "/proc/" + std::to_string(process) + "/fd/" + std::to_string(fd);
      char target[512] = {};
      if (::readlink(link.c_str(), target, sizeof target - 1) > 0 && file == target) return true;
    }
    return false;
  }

  test_support::TemporaryDirectory place;
  mutable pid_t between_ = -1;
};

TEST_F(AnEntrypoint, BecomesTheCommandInTheSameProcess) {
  const pid_t process = start("echo $$ > " + place.path("pid") + "; exit 7");
  const int status = wait_for(process);
  ASSERT_TRUE(WIFEXITED(status)) << place.read("log");
  EXPECT_EQ(WEXITSTATUS(status), 7) << place.read("log");
  EXPECT_EQ(place.read("pid"), std::to_string(process) + "\n");
}

TEST_F(AnEntrypoint, EndsByTheSignalThatEndsTheCommand) {
  const int status = wait_for(start("kill -USR1 $$"));
  ASSERT_TRUE(WIFSIGNALED(status)) << place.read("log");
  EXPECT_EQ(WTERMSIG(status), SIGUSR1);
}

TEST_F(AnEntrypoint, PassesEverySignalToTheCommandAndLeavesNoProcessBehindIt) {
  const pid_t process = start("trap 'exit 42' TERM; : > " + place.path("ready") + "; while :; do :; done");
  wait_for_file("ready");
  const std::string number = std::to_string(process);
  EXPECT_THAT(read_proc(process, "task/" + number + "/children"), IsEmpty());
  ::kill(process, SIGTERM);
  const int status = wait_for(process);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
}

TEST_F(AnEntrypoint, GivesTheCommandNoBlockedAndNoIgnoredSignals) {
  const pid_t first = start_as_first("cat /proc/self/status > " + place.path("status"));
  const bool is_first = first > 0;
  const int status = is_first
                         ? status_of_first()
                         : WEXITSTATUS(wait_for(start("cat /proc/self/status > " + place.path("status"))));
  ASSERT_EQ(status, 0) << place.read("log");
  EXPECT_THAT(place.read("status"), HasSubstr("SigBlk:\t0000000000000000"));
  EXPECT_THAT(place.read("status"), HasSubstr("SigIgn:\t0000000000000000"));
  if (!is_first) GTEST_SKIP() << "needs a process namespace (root)";
}

TEST_F(AnEntrypoint, HoldsTheVolumeForAsLongAsTheCommandLives) {
  const pid_t first = start("trap 'exit 0' TERM; : > " + place.path("ready") + "; while :; do :; done");
  wait_for_file("ready");
  EXPECT_TRUE(has_open(first, place.path("volume/.openclaw/state-guard/lock")));
  const int second = wait_for(start("exit 0", {"--guard-wait", "0"}));
  ASSERT_TRUE(WIFEXITED(second));
  EXPECT_EQ(WEXITSTATUS(second), 75) << place.read("log");
  EXPECT_THAT(place.read("log"), HasSubstr("stop it first"));
  ::kill(first, SIGKILL);
  wait_for(first);
  EXPECT_EQ(wait_for(start("exit 0", {"--guard-wait", "0"})), 0) << "whatever killed the first";
}

TEST_F(AnEntrypoint, WaitsForTheContainerBeforeItToEnd) {
  const pid_t before = start("trap 'exit 0' TERM; : > " + place.path("ready") + "; while :; do :; done");
  wait_for_file("ready");
  const pid_t after = start(": > " + place.path("started"), {"--guard-wait", "1h"});
  wait_until([&] { return has_open(after, place.path("volume/.openclaw/state-guard/lock")); });
  EXPECT_FALSE(place.exists("started"));
  ::kill(before, SIGTERM);
  wait_for(before);
  EXPECT_EQ(wait_for(after), 0) << place.read("log");
  EXPECT_TRUE(place.exists("started"));
}

// The kernel keeps such a signal from a first process without a handler for it.
TEST_F(AnEntrypoint, AsTheFirstProcessEndsAtOnceWhenItIsToldWhileItWaits) {
  const pid_t before = start("trap 'exit 0' TERM; : > " + place.path("ready") + "; while :; do :; done");
  wait_for_file("ready");
  const pid_t first = start_as_first("exit 0", {"--guard-wait", "1h"});
  if (first > 0) {
    wait_until([&] { return has_open(first, place.path("volume/.openclaw/state-guard/lock")); });
    ::kill(first, SIGTERM);
    EXPECT_EQ(status_of_first(), 128 + SIGTERM);
  } else {
    (void)status_of_first();
  }
  ::kill(before, SIGTERM);
  wait_for(before);
  if (first <= 0) GTEST_SKIP() << "needs a process namespace (root)";
}

TEST_F(AnEntrypoint, AnswersAsAShellWhereThereIsNoSuchCommand) {
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string program = std::string(PROGRAMS) + "/openclaw-stage-deps";
    ::setenv("HOME", place.path("volume").c_str(), 1);
    const int log = ::open(place.path("log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ::dup2(log, STDERR_FILENO);
    ::execl(program.c_str(), program.c_str(), "--guard-state", "--package-root", place.path("image").c_str(),
            "--settings", place.path("helpers.ini").c_str(), "--", "/no/such/command", nullptr);
    ::_exit(99);
  }
  const int status = wait_for(child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 127);
  EXPECT_THAT(place.read("log"), HasSubstr("cannot run /no/such/command"));
}

}  // namespace
