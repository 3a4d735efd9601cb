// SPDX-License-Identifier: MIT
#include "tools/container_start.hpp"

#include <gtest/gtest.h>

#include "base/time.hpp"
#include "support/temporary_directory.hpp"

namespace {

using test_support::TemporaryDirectory;
using tools::guard_is_at_work;
using tools::may_still_start;
using tools::start_began_at;
using namespace std::chrono_literals;

TEST(AGuardAtWork, IsKnownByItsProgramWhicheverProcessItIs) {
  const TemporaryDirectory proc;
  proc.symlink("/usr/bin/tini", "1/exe");
  proc.symlink("/usr/libexec/openclaw/openclaw-guard-state", "7/exe");
  EXPECT_TRUE(guard_is_at_work(proc.path()));
}

TEST(AGuardAtWork, IsNotWhatOnlyHasItsNameSomewhere) {
  const TemporaryDirectory proc;
  proc.symlink("/usr/bin/node", "1/exe");
  proc.write("1/cmdline", "/usr/libexec/openclaw/openclaw-guard-state");
  proc.symlink("/usr/libexec/openclaw/openclaw-guard-state-of-another", "8/exe");
  proc.symlink("/usr/libexec/openclaw/openclaw-guard-state", "self/exe");
  EXPECT_FALSE(guard_is_at_work(proc.path()));
  EXPECT_FALSE(guard_is_at_work(proc.path("nothing")));
}

TEST(AStart, BeginsWhenTheGuardHasEnded) {
  EXPECT_EQ(start_began_at(1000, 5000, 9000), 5000);
  EXPECT_EQ(start_began_at(1000, 0, 9000), 1000) << "without a guard";
  EXPECT_EQ(start_began_at(1000, 500, 9000), 1000) << "the guard of an earlier container";
  EXPECT_EQ(start_began_at(1000, 9001, 9000), 1000) << "a clock that has jumped";
}

// Process 1 of this test's machine started long ago, unless the guard of the state has just ended.
TEST(AStart, MayTakeItsTimeAfterALongMigration) {
  const TemporaryDirectory state;
  EXPECT_FALSE(may_still_start("/proc", state.path(), 0ms));
  EXPECT_TRUE(may_still_start("/proc", state.path(), std::chrono::hours(24 * 365 * 100)));
  state.write("state-guard/report.json",
              R"({"schema":1,"at_ms":)" + std::to_string(base::unix_now_ms()) + "}");
  EXPECT_TRUE(may_still_start("/proc", state.path(), 5min));
}

}  // namespace
