// SPDX-License-Identifier: MIT
// To whom a state belongs, by evidence from a process of the gateway: a procfs that the test creates, and
// locks in the format of 2026.4.20, 5.12 and 9.6.
#include "workers/state/owner.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "support/temporary_directory.hpp"

namespace {

using test_support::TemporaryDirectory;
using testing::HasSubstr;
using namespace workers::state;

class TheOwner : public testing::Test {
 protected:
  TheOwner() {
    proc_.write("812/stat", "812 (openclaw-gateway) S 1");
    proc_.mkdir("812/fd");
    environment({{"HOME", home_.path()}});
    home_.mkdir(".openclaw");
    home_.mkdir(".openclaw-work");
  }

  void environment(const base::Environment& variables) {
    std::string block;
    for (const auto& [name, value] : variables)
      block += base::concat({name, "=", value, std::string(1, '\0')});
    proc_.write("812/environ", block);
  }
  // An existing database that the process has open.
  void open_database(const std::string& path) {
    home_.write(path, "SQLite format 3");
    proc_.symlink(home_.path(path), "812/fd/" + std::to_string(++descriptors_));
  }
  void lock(const std::string& folder, const std::string& text) {
    home_.write(folder + "/openclaw-4242/gateway.819335fe.lock", text);
  }
  [[nodiscard]] Place ours(const std::string& name = ".openclaw") const {
    return {"", home_.path(name), home_.path(name + "/openclaw.json")};
  }
  [[nodiscard]] base::Result<std::optional<Sign>> judged(const Place& place,
                                                         const std::string& profile = "") const {
    const Gateway gateway{812, {812}, profile, proc_.path(), 4242};
    return judge(signs_of(gateway, place), place);
  }
  [[nodiscard]] std::string refusal(const Place& place, const std::string& profile = "") const {
    const auto sign = judged(place, profile);
    if (sign) return "none";
    EXPECT_EQ(sign.error().kind, base::ErrorKind::refused);
    return sign.error().message;
  }

  TemporaryDirectory proc_, home_;
  int descriptors_ = 2;
};

TEST_F(TheOwner, IsTheGatewayThatHasTheDatabaseOpen) {
  open_database(".openclaw/state/openclaw.sqlite");
  const auto sign = judged(ours());
  ASSERT_TRUE(sign) << sign.error().message;
  ASSERT_TRUE(*sign);
  EXPECT_EQ((*sign)->seen, "its process 812 has " + home_.path(".openclaw/state/openclaw.sqlite") + " open");
}

TEST_F(TheOwner, IsAnotherWhereTheGatewayHasAnothersOpen) {
  open_database(".openclaw-work/state/openclaw.sqlite");
  EXPECT_EQ(refusal(ours()),
            "the running gateway has its state in " + home_.path(".openclaw-work") +
                " (its process 812 has " + home_.path(".openclaw-work/state/openclaw.sqlite") +
                " open), and the workers of an update look for it in " + home_.path(".openclaw"));
}

TEST_F(TheOwner, IsKnownByItsOwnDatabaseAlsoWhereItReadsAnothers) {
  open_database(".openclaw-work/state/openclaw.sqlite");
  open_database(".openclaw/state/openclaw.sqlite");
  EXPECT_TRUE(judged(ours()));
}

TEST_F(TheOwner, IsKnownByTheDatabaseOfTasksOf2026_5) {
  open_database(".openclaw-work/tasks/runs.sqlite");
  EXPECT_TRUE(judged(ours(".openclaw-work"), "work"));
  EXPECT_THAT(refusal(ours()), HasSubstr("has its state in " + home_.path(".openclaw-work")));
}

TEST_F(TheOwner, IsKnownByTheSameFileUnderAnotherName) {
  // BindPaths=/data/claw:/var/lib/claw
  home_.write("mounted/state/openclaw.sqlite", "SQLite format 3");
  ASSERT_EQ(::mkdir(home_.path(".openclaw/state").c_str(), 0700), 0);
  ASSERT_EQ(::link(home_.path("mounted/state/openclaw.sqlite").c_str(),
                   home_.path(".openclaw/state/openclaw.sqlite").c_str()),
            0);
  proc_.symlink(home_.path("mounted/state/openclaw.sqlite"), "812/fd/7");
  EXPECT_TRUE(judged(ours()));
}

TEST_F(TheOwner, OfAReleaseWithoutADatabaseIsKnownByItsLock) {
  environment({{"HOME", home_.path()}, {"TMPDIR", "/tmp"}});
  proc_.mkdir("812/root");
  proc_.write("812/root/tmp/openclaw-4242/gateway.1c2d3e4f.lock",
              R"({"pid":812,"createdAt":"2026-11-28T05:20:14.597Z","configPath":")" +
                  home_.path(".openclaw-work/openclaw.json") + R"(","startTime":1741624})");
  EXPECT_THAT(refusal(ours()), HasSubstr("has its config in " + home_.path(".openclaw-work/openclaw.json")));
}

TEST_F(TheOwner, IsNotReadFromTheLockOfAnotherProcess) {
  home_.write(".openclaw/tmp/openclaw-4242/gateway.state.lock",
              R"({"pid":900,"configPath":"/x/openclaw.json","stateDir":"/x"})");
  EXPECT_TRUE(judged(ours()));
}

TEST_F(TheOwner, IsReadFromALockWithItsPadding) {
  home_.write(".openclaw/tmp/openclaw-4242/gateway.state.lock",
              R"({"pid":812,"configPath":"/x/openclaw.json","stateDir":"/x"})"
              "\n\t\t  \t \n");
  EXPECT_THAT(refusal(ours()), HasSubstr("has its state in /x (its lock "));
}

TEST_F(TheOwner, IsToldFromTheEnvironmentWhereNothingElseIsThere) {
  EXPECT_TRUE(judged(ours()));
  environment({{"HOME", home_.path()}, {"OPENCLAW_STATE_DIR", "/srv/claw"}});
  EXPECT_THAT(refusal(ours()), HasSubstr("has its state in /srv/claw (the environment of its process 812"));
}

TEST_F(TheOwner, IsToldFromTheEnvironmentTogetherWithTheProfileOfTheCommand) {
  EXPECT_THAT(refusal(ours(), "work"), HasSubstr("has its state in " + home_.path(".openclaw-work")));
  EXPECT_TRUE(judged(ours(".openclaw-work"), "work"));
}

TEST_F(TheOwner, IsToldWithWhatAFileOfOpenclawsOwnMoves) {
  home_.write(".openclaw/.env", "OPENCLAW_CONFIG_PATH=/srv/claw/openclaw.json\n");
  EXPECT_THAT(refusal(ours()), HasSubstr("has its config in /srv/claw/openclaw.json"));
}

TEST_F(TheOwner, IsNobodyWhereTheProcessCannotBeLookedAt) {
  const Gateway gateway{4711, {4711}, "", proc_.path(), 4242};
  const auto sign = judge(signs_of(gateway, ours()), ours());
  ASSERT_TRUE(sign);
  EXPECT_FALSE(*sign);
}

// In the kernel's own procfs, in which descriptors and the root are special links.
TEST_F(TheOwner, IsKnownByWhatARealProcessHasOpen) {
  home_.write(".openclaw/state/openclaw.sqlite", "SQLite format 3");
  const base::UniqueFd open(
      ::open(home_.path(".openclaw/state/openclaw.sqlite").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(open);
  const auto signs = signs_of({::getpid(), {::getpid()}, "", "/proc", 4242}, ours());
  ASSERT_THAT(signs, testing::Not(testing::IsEmpty()));
  EXPECT_EQ(signs.front().kind, Sign::Kind::open_file);
  EXPECT_EQ(signs.front().state, home_.path(".openclaw"));
  EXPECT_EQ(signs.back().kind, Sign::Kind::environment);
}

TEST_F(TheOwner, IsToldWithoutAnyValueOfItsEnvironment) {
  environment({{"HOME", home_.path()}, {"TELEGRAM_BOT_TOKEN", "canary-secret"}});
  for (const Sign& sign : signs_of({812, {812}, "", proc_.path(), 4242}, ours())) {
    EXPECT_THAT(sign.seen, testing::Not(HasSubstr("canary-secret")));
  }
}

}  // namespace
