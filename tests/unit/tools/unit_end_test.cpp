// SPDX-License-Identifier: MIT
// What an operator reads where an update has ended and has recorded no outcome.
#include "tools/unit_end.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tools/exit_status.hpp"

namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* unit = "openclaw-update.service";

base::Error after(int exit_code, int exit_status) {
  bus::ServiceStatus ended;
  ended.exit_code = exit_code;
  ended.exit_status = exit_status;
  return tools::without_outcome(unit, ended);
}

TEST(AnEndWithoutAnOutcome, NamesADiskThatIsTooFullToRecordOne) {
  const auto error = after(CLD_EXITED, 73);
  EXPECT_THAT(error.message, HasSubstr("a file system is full"));
  EXPECT_EQ(tools::exit_status_of(error), 73);
}

TEST(AnEndWithoutAnOutcome, SaysHowItsProcessEnded) {
  const auto killed = after(CLD_KILLED, SIGKILL);
  EXPECT_THAT(killed.message, HasSubstr("signal 9"));
  EXPECT_THAT(killed.message, Not(HasSubstr("full")));
  EXPECT_EQ(tools::exit_status_of(killed), 69);
  EXPECT_EQ(tools::exit_status_of(after(CLD_EXITED, 74)), 69);
}

TEST(AnEndWithoutAnOutcome, NamesTheOutcomeThatCouldNotBeRecorded) {
  EXPECT_THAT(after(CLD_EXITED, 3).message, HasSubstr("exit status 3, which is that of refused"));
  EXPECT_THAT(after(CLD_EXITED, 1).message, HasSubstr("exit status 1, which is that of rolled-back"));
  for (const int of_none : {0, 69, 74})
    EXPECT_THAT(after(CLD_EXITED, of_none).message, Not(HasSubstr("which is that of")));
  EXPECT_THAT(after(CLD_KILLED, 3).message, Not(HasSubstr("which is that of")));
}

TEST(AnEndWithoutAnOutcome, NamesTheLogWhereNothingElseIsKnown) {
  for (const auto& error :
       {after(0, 0),
        tools::without_outcome(unit, base::fail(base::ErrorKind::unavailable, "the bus does not answer"))}) {
    EXPECT_THAT(error.message, HasSubstr("journalctl -u openclaw-update.service"));
    EXPECT_THAT(error.message, Not(HasSubstr("(")));
  }
}

}  // namespace
