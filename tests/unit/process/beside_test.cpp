// SPDX-License-Identifier: MIT
#include "process/beside.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "process/run.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::Result;
using process::Beside;
using test_support::TemporaryDirectory;
using testing::ElementsAre;
using testing::HasSubstr;

process::Command shell(const std::string& script) {
  return {{"/bin/sh", "-c", script}, {{"PATH", "/usr/bin:/bin"}}, "/"};
}

// A run in the work, which must not outlive it.
Result<std::string> sleeps(const std::string& pid_file) {
  const auto outcome = process::run(shell("echo $$ > " + pid_file + "; exec sleep 600"), {});
  return outcome ? Result<std::string>() : base::pass(outcome.error());
}

void await_file(const TemporaryDirectory& folder, const std::string& name) {
  for (int i = 0; i < 1000 && (!folder.exists(name) || folder.read(name).empty()); ++i) ::usleep(10'000);
}

TEST(Beside, DoesItsWorkAndTellsOfIt) {
  const TemporaryDirectory folder;
  auto work = Beside::begin("the work", [&](const Beside::Tell& tell) {
    tell("one");
    folder.write("product", "made");
    tell("two \n\x1b[2J");
    return Result<std::string>("made");
  });
  ASSERT_TRUE(work) << work.error().message;
  std::vector<std::string> heard;
  const auto done = work->end([&](std::string_view line) { heard.emplace_back(line); });
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(*done, "made");
  EXPECT_THAT(heard, ElementsAre("one", "two \n\x1b[2J"));
  EXPECT_EQ(folder.read("product"), "made");
}

TEST(Beside, KeepsKindNumberAndMessageOfAnError) {
  auto work = Beside::begin("the work", [](const Beside::Tell&) -> Result<std::string> {
    return tl::make_unexpected(
        base::Error{base::ErrorKind::integrity, ENOSPC, "the tarball of \"x\"\ndiffers"});
  });
  ASSERT_TRUE(work);
  const auto done = work->end({});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, base::ErrorKind::integrity);
  EXPECT_EQ(done.error().number, ENOSPC);
  EXPECT_EQ(done.error().message, "the tarball of \"x\"\ndiffers");
}

TEST(Beside, TakesNoWorkForDoneThatWasKilled) {
  for (const int number : {SIGKILL, SIGTERM}) {
    auto work = Beside::begin("the work", [&](const Beside::Tell& tell) {
      tell("{\"done\": true}");
      ::kill(::getpid(), number);
      return Result<std::string>();
    });
    ASSERT_TRUE(work);
    const auto done = work->end({});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, base::ErrorKind::unavailable);
    EXPECT_THAT(done.error().message, HasSubstr("the process for the work ended by a signal"));
  }
}

TEST(Beside, ToldMoreThanAnybodyReadsItStillEnds) {
  auto work = Beside::begin("the work", [](const Beside::Tell& tell) {
    for (int i = 0; i < 5000; ++i) tell(std::string(3000, 'x'));
    return Result<std::string>();
  });
  ASSERT_TRUE(work);
  std::size_t heard = 0, longest = 0;
  EXPECT_TRUE(work->end([&](std::string_view line) {
    ++heard;
    longest = std::max(longest, line.size());
  }));
  EXPECT_GT(heard, 0U);
  EXPECT_EQ(longest, 2000U);
}

TEST(Beside, GivesAProductLargerThanAPipeWhole) {
  const std::string large(300'000, '\n');
  auto work = Beside::begin("the work", [&](const Beside::Tell&) { return Result<std::string>(large); });
  ASSERT_TRUE(work);
  const auto product = work->end({});
  ASSERT_TRUE(product) << product.error().message;
  EXPECT_EQ(*product, large);
}

TEST(Beside, IsStoppedWithWhatItHasStarted) {
  const TemporaryDirectory folder;
  {
    const auto work =
        Beside::begin("the work", [&](const Beside::Tell&) { return sleeps(folder.path("pid")); });
    ASSERT_TRUE(work);
    await_file(folder, "pid");
  }
  const auto pid = static_cast<pid_t>(std::stoi("0" + folder.read("pid")));
  ASSERT_GT(pid, 0);
  EXPECT_NE(::kill(pid, 0), 0);
  EXPECT_EQ(errno, ESRCH);
}

TEST(Beside, HoldsNoSignalBackThatTheOtherHoldsBack) {
  sigset_t held, before;
  sigemptyset(&held);
  sigaddset(&held, SIGTERM);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &held, &before), 0);
  auto work = Beside::begin("the work", [](const Beside::Tell&) -> Result<std::string> {
    sigset_t now;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &now);
    if (::sigismember(&now, SIGTERM) == 0) return {};
    return base::fail(base::ErrorKind::system, "SIGTERM does not end it");
  });
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
  ASSERT_TRUE(work);
  const auto done = work->end({});
  EXPECT_TRUE(done) << done.error().message;
}

// A run ends all that it has started, daemons as well, and this is not one of them.
TEST(Beside, IsNoneOfTheProcessesOfARunNextToIt) {
  const TemporaryDirectory folder;
  auto work = Beside::begin("the work", [&](const Beside::Tell&) {
    const auto outcome = process::run(shell("while [ ! -e " + folder.path("go") +
                                            " ]; do sleep 0.01; done; echo late > " + folder.path("product")),
                                      {});
    return outcome ? Result<std::string>() : base::pass(outcome.error());
  });
  ASSERT_TRUE(work);
  const auto outcome = process::run(shell("(sleep 600 &) ; exit 0"), {});
  ASSERT_TRUE(outcome);
  folder.write("go", "");
  const auto done = work->end({});
  EXPECT_TRUE(done) << done.error().message;
  EXPECT_EQ(folder.read("product"), "late\n");
}

}  // namespace
