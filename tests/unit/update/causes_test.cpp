// SPDX-License-Identifier: MIT
// The cause of the end of a process: each cause that puts a release into quarantine, and the most similar one
// that does not.
#include "update/causes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <set>

namespace {

using update::Cause;
using enum update::Cause;

struct End {
  const char* what;
  const char* active_state;
  const char* sub_state;
  const char* result;
  int code, status;
  Cause cause;
};

// As systemd 252 reports them.
constexpr End ends[] = {
    {"it exits with 1", "failed", "failed", "exit-code", CLD_EXITED, 1, ended_by_itself},
    {"it exits with 1, Restart=always", "activating", "auto-restart", "exit-code", CLD_EXITED, 1,
     ended_by_itself},
    {"it exits with 78", "failed", "failed", "exit-code", CLD_EXITED, 78, ended_by_itself},
    {"it exits with 0, Restart=always", "activating", "auto-restart", "success", CLD_EXITED, 0,
     ended_by_itself},
    {"it is stopped and exits with 0", "inactive", "dead", "success", CLD_EXITED, 0, stopped_by_somebody},
    {"it is stopped and exits with 143", "inactive", "dead", "success", CLD_EXITED, 143, killed_from_outside},
    {"kill PID, and it exits with 143", "activating", "auto-restart", "exit-code", CLD_EXITED, 143,
     killed_from_outside},
    {"it is being stopped", "deactivating", "stop-sigterm", "success", 0, 0, stopped_by_somebody},
    {"V8 aborts", "activating", "auto-restart", "core-dump", CLD_DUMPED, SIGABRT, ended_by_itself},
    {"it crashes", "activating", "auto-restart", "signal", CLD_KILLED, SIGSEGV, ended_by_itself},
    {"a shell says that its child aborted", "failed", "failed", "exit-code", CLD_EXITED, 128 + SIGABRT,
     ended_by_itself},
    {"it hangs, WatchdogSec=", "activating", "auto-restart", "watchdog", CLD_DUMPED, SIGABRT,
     ended_by_itself},
    {"kill -9", "activating", "auto-restart", "signal", CLD_KILLED, SIGKILL, killed_from_outside},
    {"kill -9 of a shell's child", "failed", "failed", "exit-code", CLD_EXITED, 137, killed_from_outside},
    {"kill -QUIT", "failed", "failed", "core-dump", CLD_DUMPED, SIGQUIT, killed_from_outside},
    {"the OOM killer", "failed", "failed", "oom-kill", CLD_KILLED, SIGKILL, killed_from_outside},
    {"a hook fails", "activating", "auto-restart", "exit-code", 0, 0, hook_failed},
    {"a hook takes too long", "failed", "failed", "timeout", 0, 0, start_timed_out},
    {"node is not there", "failed", "failed", "exit-code", CLD_EXITED, 203, not_set_up},
    {"the user is not there", "failed", "failed", "exit-code", CLD_EXITED, 217, not_set_up},
    {"an EnvironmentFile= is not there", "failed", "failed", "resources", 0, 0, not_set_up},
    {"too many starts", "failed", "failed", "start-limit-hit", CLD_EXITED, 1, not_set_up},
};

TEST(Cause, OfAnEndIsWhatSystemdSaysOfIt) {
  for (const End& end : ends) {
    bus::ServiceStatus unit;
    unit.active_state = end.active_state;
    unit.sub_state = end.sub_state;
    unit.result = end.result;
    unit.exit_code = end.code;
    unit.exit_status = end.status;
    const Cause cause = update::cause_of_end(unit);
    EXPECT_EQ(cause, end.cause) << end.what << ": " << update::row_of(cause).what;
    EXPECT_EQ(update::row_of(cause).blames_release, end.cause == ended_by_itself) << end.what;
  }
}

TEST(Cause, OfAStartThatFailedIsThatOfItsJobFirst) {
  bus::ServiceStatus exited;
  exited.active_state = "failed";
  exited.result = "exit-code";
  exited.exit_code = CLD_EXITED;
  exited.exit_status = 1;
  EXPECT_EQ(update::cause_of_failed_start("failed", exited), ended_by_itself);
  EXPECT_EQ(update::cause_of_failed_start("done", exited), ended_by_itself);
  EXPECT_EQ(update::cause_of_failed_start("canceled", exited), start_canceled);
  EXPECT_EQ(update::cause_of_failed_start("timeout", exited), start_timed_out);
  EXPECT_EQ(update::cause_of_failed_start("dependency", exited), start_prevented);
  EXPECT_EQ(update::cause_of_failed_start("skipped", exited), start_prevented);
}

TEST(Cause, HasOneRowEach) {
  std::set<Cause> seen;
  for (const auto& row : update::causes()) EXPECT_TRUE(seen.insert(row.cause).second) << row.what;
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(updater_failed) + 1);
}

}  // namespace
