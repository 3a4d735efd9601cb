// SPDX-License-Identifier: MIT
// How long a job is waited for, whatever a process of the unit asks systemd for.
#include "bus/job_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using bus::JobKind;
using bus::overdue;
using bus::ServiceStatus;
using std::chrono::microseconds;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* unit = "openclaw.service";

ServiceStatus in(const std::string& active, const std::string& sub, microseconds time) {
  ServiceStatus status;
  status.active_state = active;
  status.sub_state = sub;
  status.in_state_for = time;
  status.start_timeout = 90s;
  status.stop_timeout = 330s;
  return status;
}

TEST(JobLimit, OfAStopIsTheUnitsOwnAndAMargin) {
  EXPECT_FALSE(overdue(JobKind::stop, unit, in("deactivating", "stop-sigterm", 329s), 329s)) << "it drains";
  EXPECT_FALSE(overdue(JobKind::stop, unit, in("deactivating", "stop-sigterm", 331s), 331s))
      << "it is killed";
  const auto late = overdue(JobKind::stop, unit, in("deactivating", "stop-sigterm", 451s), 451s);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->kind, base::ErrorKind::busy);
  EXPECT_THAT(late->message, AllOf(HasSubstr("openclaw.service has not ended 7 min 31 s"),
                                   HasSubstr("deactivating (stop-sigterm)"), HasSubstr("TimeoutStopSec="),
                                   HasSubstr("systemctl kill --signal=SIGKILL openclaw.service")));
}

TEST(JobLimit, IsThatOfEachStep) {
  EXPECT_FALSE(overdue(JobKind::stop, unit, in("deactivating", "stop-post", 1s), 900s));
  EXPECT_TRUE(overdue(JobKind::stop, unit, in("deactivating", "stop-post", 900s), 1s))
      << "whoever began to wait when";
}

TEST(JobLimit, CountsFromTheRequestUntilTheFirstStepHasBegun) {
  EXPECT_FALSE(overdue(JobKind::stop, unit, in("active", "running", 24h), 60s)) << "it has run for a day";
  EXPECT_TRUE(overdue(JobKind::stop, unit, in("active", "running", 24h), 24h));
  EXPECT_TRUE(overdue(JobKind::start, unit, in("inactive", "dead", 0s), 24h));
}

TEST(JobLimit, OfAStartLeavesTimeForAHookThatMakesProgress) {
  EXPECT_FALSE(overdue(JobKind::start, unit, in("activating", "start-pre", 50min), 50min));
  EXPECT_TRUE(overdue(JobKind::start, unit, in("activating", "start-pre", 63min), 63min));
  auto longer = in("activating", "start-pre", 63min);
  longer.start_timeout = 2h;
  EXPECT_FALSE(overdue(JobKind::start, unit, longer, 63min));
}

TEST(JobLimit, IsOneWhereTheUnitHasNone) {
  auto drains = in("deactivating", "stop-sigterm", 16min);
  drains.stop_timeout.reset();
  EXPECT_FALSE(overdue(JobKind::stop, unit, drains, 16min));
  drains.in_state_for = 18min;
  EXPECT_TRUE(overdue(JobKind::stop, unit, drains, 18min));
  auto starts = in("activating", "start", 63min);
  starts.start_timeout.reset();
  EXPECT_TRUE(overdue(JobKind::start, unit, starts, 63min));
}

}  // namespace
