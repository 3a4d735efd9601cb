// SPDX-License-Identifier: MIT
// Messages: each contains what was done, why, and the next step.
#include "watchdog/events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/source_tree.hpp"

namespace {

using systemd::Priority;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::StartsWith;
using watchdog::Act;
using watchdog::Phase;

const watchdog::Subject subject{"openclaw-gateway.service", "2026.9.6-1f3a9c2e", 2, 4};

TEST(Events, OfARestartSayWhyAndHowManyAreLeft) {
  watchdog::Decision decision;
  decision.act = Act::restart;
  decision.reason = "has not answered for 95 s, although its process is alive";
  const auto event = event_of(decision, subject);
  EXPECT_EQ(event.message,
            "restarting openclaw-gateway.service: has not answered for 95 s, although its process is alive; "
            "restart 2 of "
            "at most 4 within an hour; if this happens again: journalctl -u openclaw-gateway.service");
  EXPECT_EQ(event.message_id, systemd::message_id::gateway_restarted);
  EXPECT_EQ(event.priority, Priority::warning);
}

TEST(Events, OfARemedyNameTheSignatureAndTheReport) {
  watchdog::Decision decision;
  decision.act = Act::stage;
  decision.signature = watchdog::signature_named("stale-mirror");
  const auto event = event_of(decision, subject);
  EXPECT_EQ(event.message_id, systemd::message_id::remedy_applied);
  EXPECT_THAT(event.fields, Contains(Pair("OPENCLAW_SIGNATURE", "stale-mirror")));
  EXPECT_THAT(event.fields, Contains(Pair("OPENCLAW_REPORT", "#75108")));
}

TEST(Events, OfGivingUpAreErrorsAndOfIncidentsWarnings) {
  const auto gave_up =
      event_of(watchdog::Report{watchdog::Kind::gave_up, nullptr, "has failed", {}}, subject);
  EXPECT_EQ(gave_up.priority, Priority::error);
  EXPECT_EQ(gave_up.message_id, systemd::message_id::watchdog_gave_up);
  const auto incident = event_of(
      watchdog::Report{watchdog::Kind::incident, nullptr, "has failed", {"line 1", "line 2"}}, subject);
  EXPECT_EQ(incident.priority, Priority::warning);
  EXPECT_THAT(incident.message, HasSubstr("its last lines:\nline 1\nline 2"));
}

TEST(Events, OfEachActAreInTheCatalog) {
  const std::string catalog = test_support::read_source("units/openclaw-systemd.catalog");
  for (const Act act : {Act::restart, Act::stage, Act::start, Act::stop, Act::rollback, Act::resume}) {
    watchdog::Decision decision;
    decision.act = act;
    const auto event = event_of(decision, subject);
    EXPECT_THAT(catalog, HasSubstr("-- " + std::string(event.message_id) + "\n")) << word(act);
  }
}

TEST(Status, SaysWhatIsKnown) {
  watchdog::Standing standing;
  standing.phase = Phase::ready;
  EXPECT_EQ(status_of(standing, "2026.9.6"), "gateway ready, release 2026.9.6, 0 restarts in the last hour");
  standing.phase = Phase::live;
  standing.detail = "not ready: telegram";
  standing.restarts_last_hour = 1;
  EXPECT_EQ(status_of(standing, ""), "gateway live (not ready: telegram), 1 restart in the last hour");
}

TEST(Status, SaysThatTheGatewayIsFrozen) {
  watchdog::Standing standing;
  standing.phase = Phase::changing;
  standing.detail = "frozen";
  EXPECT_THAT(status_of(standing, ""), HasSubstr(" (frozen)"));
}

TEST(Status, SaysWhereTheGatewayAnswers) {
  watchdog::Standing standing;
  standing.phase = Phase::ready;
  standing.endpoint = "https://127.0.0.1:19501";
  EXPECT_THAT(status_of(standing, "2026.9.6"),
              StartsWith("gateway ready on https://127.0.0.1:19501, release 2026.9.6"));
  standing.phase = Phase::unseen;
  standing.detail = "libssl.so.3 cannot be loaded";
  EXPECT_THAT(status_of(standing, ""),
              StartsWith("gateway runs, but its health is not known (libssl.so.3 cannot be loaded)"));
}

TEST(Status, SaysLoudlyThatAnOperatorIsNeeded) {
  watchdog::Standing standing;
  standing.phase = Phase::dead;
  standing.gave_up = true;
  EXPECT_THAT(status_of(standing, ""), HasSubstr("GAVE UP"));
  standing.waits_for_person = watchdog::signature_named("invalid-config");
  EXPECT_THAT(status_of(standing, ""), HasSubstr("WAITS FOR AN OPERATOR: the config"));
}

}  // namespace
