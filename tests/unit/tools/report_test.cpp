// SPDX-License-Identifier: MIT
// What a person and a script read of an outcome.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tools/exit_status.hpp"
#include "tools/outcome_events.hpp"
#include "tools/report_json.hpp"
#include "tools/report_table.hpp"

namespace {

using stage::Finding;
using stage::Outcome;
using stage::PluginRow;
using stage::PluginStatus;
using testing::HasSubstr;
using testing::Not;

Outcome outcome_with(std::vector<PluginRow> rows) {
  Outcome outcome;
  outcome.package_root = "/usr/lib/node_modules/openclaw";
  outcome.version = "2026.4.26";
  outcome.era = "external root always";
  outcome.plugins = std::move(rows);
  return outcome;
}

PluginRow row(const std::string& id, PluginStatus status, const std::string& reason = "") {
  return {id, status, reason, 2, {}};
}

TEST(TheTable, ListsWhatCountsAndHidesWhatDoesNot) {
  const auto text = tools::report_table(
      outcome_with({row("slack", PluginStatus::staged), row("matrix", PluginStatus::not_needed)}), {});
  EXPECT_THAT(text, HasSubstr("slack"));
  EXPECT_THAT(text, Not(HasSubstr("matrix")));
}

TEST(TheTable, ListsEverythingWhenVerbose) {
  const auto text =
      tools::report_table(outcome_with({row("matrix", PluginStatus::not_needed)}), {false, true, false});
  EXPECT_THAT(text, HasSubstr("matrix"));
}

TEST(TheTable, SaysWhyAPluginFailed) {
  const auto text = tools::report_table(
      outcome_with({row("whatsapp", PluginStatus::failed, "git is needed and missing")}), {});
  EXPECT_THAT(text, HasSubstr("git is needed and missing"));
  EXPECT_THAT(text, HasSubstr("1 plugin could not be staged"));
}

TEST(TheTable, NamesTheNextStepAfterACheck) {
  auto missing = row("slack", PluginStatus::missing);
  missing.missing = {"@slack/bolt@^4.7.0"};
  const auto text = tools::report_table(outcome_with({missing}), {true, false, false});
  EXPECT_THAT(text, HasSubstr("@slack/bolt@^4.7.0"));
  EXPECT_THAT(text, HasSubstr("Run openclaw-install-deps without --check"));
}

TEST(TheTable, LetsNoEscapeSequenceOfAPackageReachTheTerminal) {
  const auto text = tools::report_table(outcome_with({row("evil", PluginStatus::failed, "\033[2Jgone")}), {});
  EXPECT_THAT(text, Not(HasSubstr("\033[2J")));
}

TEST(TheJson, HasASchemaAndARowForEachPlugin) {
  auto outcome = outcome_with({row("slack", PluginStatus::staged, "channel slack is enabled")});
  outcome.findings.push_back({Finding::Kind::lock_reclaimed, true, "/x/.lock", "removed a lock"});
  const auto json = tools::report_json(outcome, false);
  EXPECT_EQ(json["schema"], 2);
  EXPECT_EQ(json["complete"], true);
  EXPECT_EQ(json["plugins"][0]["id"], "slack");
  EXPECT_EQ(json["plugins"][0]["status"], "staged");
  EXPECT_EQ(json["findings"][0]["kind"], "lock-reclaimed");
  EXPECT_TRUE(json["failure"].is_null());
}

TEST(TheExitStatus, TellsACheckThatFoundSomethingMissingFromOneThatDidNot) {
  EXPECT_EQ(tools::exit_status_of(outcome_with({row("a", PluginStatus::missing)}), true), 1);
  EXPECT_EQ(tools::exit_status_of(outcome_with({row("a", PluginStatus::present)}), true), 0);
}

TEST(TheExitStatus, IsUnavailableWhenAPluginCouldNotBeStaged) {
  EXPECT_EQ(tools::exit_status_of(outcome_with({row("a", PluginStatus::failed)}), false), EX_UNAVAILABLE);
}

TEST(TheExitStatus, FollowsWhatStoppedTheRun) {
  struct Case {
    base::Error error;
    int status;
  };
  const Case cases[] = {{{base::ErrorKind::usage, 0, ""}, EX_USAGE},
                        {{base::ErrorKind::bad_input, 0, ""}, EX_CONFIG},
                        {{base::ErrorKind::busy, 0, ""}, EX_TEMPFAIL},
                        {{base::ErrorKind::integrity, 0, ""}, EX_DATAERR},
                        {{base::ErrorKind::system, ENOSPC, ""}, EX_CANTCREAT},
                        {{base::ErrorKind::system, EACCES, ""}, EX_NOPERM},
                        {{base::ErrorKind::not_permitted, 0, ""}, EX_NOPERM},
                        {{base::ErrorKind::refused, 0, ""}, 3},
                        {{base::ErrorKind::held, 0, ""}, 4},
                        {{base::ErrorKind::not_found, 0, ""}, EX_NOINPUT}};
  for (const auto& expected : cases) EXPECT_EQ(tools::exit_status_of(expected.error), expected.status);
}

TEST(TheJournal, GetsAnErrorForEachPluginThatTheGatewayStartsWithout) {
  const auto events = tools::events_of(outcome_with(
      {row("whatsapp", PluginStatus::failed, "git is needed"), row("slack", PluginStatus::staged)}));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].priority, systemd::Priority::error);
  EXPECT_THAT(events[0].message, HasSubstr("whatsapp"));
  EXPECT_THAT(events[1].message, HasSubstr("WITHOUT dependencies: whatsapp"));
}

TEST(TheJournal, StaysQuietWhenThereWasNothingToDo) {
  auto outcome = outcome_with({});
  outcome.unchanged = true;
  const auto events = tools::events_of(outcome);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].priority, systemd::Priority::debug);
}

TEST(TheJournal, TellsOfThousandsOfStaleLinksInAFewLines) {
  auto outcome = outcome_with({});
  for (int index = 0; index < 2322; ++index) {
    outcome.findings.push_back(
        {Finding::Kind::stale_link, true, "link " + std::to_string(index), "replaced"});
  }
  const auto events = tools::events_of(outcome);
  EXPECT_LT(events.size(), 8U);
  EXPECT_THAT(events[3].message, HasSubstr("2319 more"));
}

}  // namespace
