// SPDX-License-Identifier: MIT
#include "bus/properties.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bus/connection.hpp"

namespace {

using bus::inferred_result;
using bus::JobKind;
using testing::HasSubstr;

bus::ServiceStatus in_state(const char* active, const char* sub = "", const char* invocation = "new") {
  bus::ServiceStatus status;
  status.active_state = active;
  status.sub_state = sub;
  status.invocation_id = invocation;
  return status;
}

TEST(InferredResult, AStartIsDoneWhenTheUnitIsUp) {
  EXPECT_EQ(inferred_result(JobKind::start, "old", in_state("active")), "done");
  EXPECT_EQ(inferred_result(JobKind::start, "old", in_state("reloading")), "done");
}

TEST(InferredResult, AStartHasFailedWhenTheUnitHas) {
  EXPECT_EQ(inferred_result(JobKind::start, "old", in_state("failed")), "failed");
  EXPECT_EQ(inferred_result(JobKind::start, "old", in_state("activating", "auto-restart")), "failed");
  EXPECT_EQ(inferred_result(JobKind::start, "old", in_state("activating", "auto-restart-queued")), "failed");
}

TEST(InferredResult, AOneshotIsDoneWhenItWasInvokedOrIsForgotten) {
  EXPECT_EQ(inferred_result(JobKind::start, "old", in_state("inactive", "dead", "new")), "done");
  EXPECT_EQ(inferred_result(JobKind::start, "", in_state("inactive", "dead", "")), "done");
  EXPECT_EQ(inferred_result(JobKind::start, "old", in_state("inactive", "dead", "old")), "canceled");
}

TEST(InferredResult, AStartWasCanceledWhenSomebodyStopsTheUnit) {
  EXPECT_EQ(inferred_result(JobKind::start, "old", in_state("deactivating")), "canceled");
}

TEST(InferredResult, AStopIsDoneWhenTheUnitIsDownHoweverItEnded) {
  EXPECT_EQ(inferred_result(JobKind::stop, "old", in_state("inactive")), "done");
  EXPECT_EQ(inferred_result(JobKind::stop, "old", in_state("failed")), "done");
  EXPECT_EQ(inferred_result(JobKind::stop, "old", in_state("active")), "canceled");
}

TEST(EnvironmentKey, EndsAtTheFirstEqualSign) {
  EXPECT_EQ(bus::environment_key("A=b=c"), "A");
  EXPECT_EQ(bus::environment_key("A"), "A");
  EXPECT_EQ(bus::environment_key("A\033[1mB=x"), "AB");
}

TEST(BusErrors, AreTranslatedForOperators) {
  struct Row {
    const char* name;
    base::ErrorKind kind;
    const char* remedy;
  };
  for (const Row& row : {
           Row{"org.freedesktop.systemd1.NoSuchUnit", base::ErrorKind::not_found, "list-unit-files"},
           Row{"org.freedesktop.systemd1.UnitMasked", base::ErrorKind::refused, "systemctl unmask x.service"},
           Row{"org.freedesktop.DBus.Error.AccessDenied", base::ErrorKind::not_permitted, "as root"},
           Row{"org.freedesktop.systemd1.BadUnitSetting", base::ErrorKind::bad_input,
               "systemd-analyze verify x.service"},
           Row{"org.freedesktop.systemd1.TransactionIsDestructive", base::ErrorKind::busy,
               "is shutting down"},
           Row{"org.example.Never.Seen", base::ErrorKind::unavailable, "cannot start x.service: No."},
       }) {
    const base::Error error = bus::explain("start x.service", row.name, "No.?");
    EXPECT_EQ(error.kind, row.kind) << row.name;
    EXPECT_THAT(error.message, HasSubstr("cannot start x.service: No.?")) << row.name;
    EXPECT_THAT(error.message, HasSubstr(row.remedy)) << row.name;
  }
}

TEST(BusErrors, NameNoUnitWhereTheCallIsAboutNone) {
  EXPECT_THAT(bus::explain("reload the unit files", "org.freedesktop.systemd1.BadUnitSetting", "No").message,
              HasSubstr("systemd-analyze verify UNIT"));
}

TEST(BusErrors, TakeTheNameOfAnErrorWithoutText) {
  EXPECT_EQ(bus::explain("start x.service", "org.example.Odd", "").message,
            "cannot start x.service: org.example.Odd");
}

}  // namespace
