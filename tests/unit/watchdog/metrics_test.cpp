// SPDX-License-Identifier: MIT
// The text for node_exporter.
#include "watchdog/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>

#include "base/text.hpp"
#include "support/temporary_directory.hpp"

namespace {

using testing::HasSubstr;
using testing::Not;

using watchdog::Phase;

watchdog::Standing standing(Phase phase) {
  watchdog::Standing standing;
  standing.phase = phase;
  standing.budget_left = 3;
  return standing;
}

watchdog::UpdateFacts updates() {
  watchdog::UpdateFacts facts;
  facts.release = "2026.9.6-1f3a9c2e";
  facts.version = "2026.9.6";
  facts.last = watchdog::LastUpdate{"updated", "2026.9.6", 1'795'000'000'000, 61'500, 9'100};
  return facts;
}

// For a host with only a gateway without a name.
std::string metrics_text(const watchdog::Standing& standing, const watchdog::Memory& memory,
                         const watchdog::UpdateFacts& facts) {
  return watchdog::metrics_text(std::vector<watchdog::Sample>{{"", standing, memory, facts}});
}

TEST(Metrics, OfSeveralGatewaysSayWhoseTheyAreAndEachFamilyOnce) {
  const std::string text = watchdog::metrics_text(
      {{"", standing(Phase::ready), {}, updates()}, {"work", standing(Phase::live), {}, updates()}});
  EXPECT_THAT(
      text,
      HasSubstr("openclaw_gateway_ready{gateway=\"default\"} 1\nopenclaw_gateway_ready{gateway=\"work\"} "
                "0\n"));
  EXPECT_THAT(text, HasSubstr("openclaw_release_info{gateway=\"work\",version=\"2026.9.6\""));
  const std::string type = "# TYPE openclaw_gateway_ready gauge";
  EXPECT_EQ(text.find(type), text.rfind(type));
}

TEST(Metrics, OfOneGatewayWithANameSayIt) {
  EXPECT_THAT(watchdog::metrics_text({{"work", standing(Phase::ready), {}, updates()}}),
              HasSubstr("openclaw_gateway_up{gateway=\"work\"} 1\n"));
}

TEST(Metrics, TellWhetherTheGatewayIsUpAndReady) {
  const auto of = [](Phase phase) { return metrics_text(standing(phase), {}, updates()); };
  EXPECT_THAT(of(Phase::ready), HasSubstr("\nopenclaw_gateway_up 1\n"));
  EXPECT_THAT(of(Phase::ready), HasSubstr("\nopenclaw_gateway_ready 1\n"));
  EXPECT_THAT(of(Phase::live), HasSubstr("\nopenclaw_gateway_up 1\n"));
  EXPECT_THAT(of(Phase::live), HasSubstr("\nopenclaw_gateway_ready 0\n"));
  for (const Phase phase : {Phase::dead, Phase::silent, Phase::stopped, Phase::unknown}) {
    EXPECT_THAT(of(phase), HasSubstr("\nopenclaw_gateway_up 0\n"));
  }
}

TEST(Metrics, DoNotCallAGatewayDownThatNobodyHasAskedDuringAnUpdate) {
  const std::string text = metrics_text(standing(Phase::updating), {}, updates());
  EXPECT_THAT(text, Not(HasSubstr("openclaw_gateway_up ")));
  EXPECT_THAT(text, Not(HasSubstr("openclaw_gateway_ready ")));
}

TEST(Metrics, DoNotCallAGatewayDownThatCannotBeAsked) {
  EXPECT_THAT(metrics_text(standing(Phase::unseen), {}, updates()), Not(HasSubstr("openclaw_gateway_up ")));
}

TEST(Metrics, TellWhereTheGatewayHasAnswered) {
  watchdog::Standing found = standing(Phase::ready);
  EXPECT_THAT(metrics_text(found, {}, updates()), Not(HasSubstr("openclaw_gateway_info")));
  found.endpoint = "https://127.0.0.1:19501";
  EXPECT_THAT(metrics_text(found, {}, updates()),
              HasSubstr("\nopenclaw_gateway_info{endpoint=\"https://127.0.0.1:19501\"} 1\n"));
}

TEST(Metrics, CountIncidentsBySignatureFromZeroOn) {
  watchdog::Memory memory;
  memory.restarts_total = 7;
  memory.incidents["stale-mirror"] = 2;
  const std::string text = metrics_text(standing(Phase::ready), memory, updates());
  EXPECT_THAT(text, HasSubstr("\nopenclaw_watchdog_restarts_total 7\n"));
  EXPECT_THAT(text, HasSubstr("\nopenclaw_watchdog_incidents_total{signature=\"stale-mirror\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("\nopenclaw_watchdog_incidents_total{signature=\"port-taken\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("\nopenclaw_watchdog_incidents_total{signature=\"deaf\"} 0\n"));
}

TEST(Metrics, TellOfTheReleaseAndTheLastUpdate) {
  const std::string text = metrics_text(standing(Phase::ready), {}, updates());
  EXPECT_THAT(text,
              HasSubstr("openclaw_release_info{version=\"2026.9.6\",release=\"2026.9.6-1f3a9c2e\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("openclaw_last_update_info{outcome=\"updated\",version=\"2026.9.6\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("openclaw_last_update_duration_seconds 61.500\n"));
  EXPECT_THAT(text, HasSubstr("openclaw_last_update_downtime_seconds 9.100\n"));
  EXPECT_THAT(metrics_text(standing(Phase::ready), {}, {}), Not(HasSubstr("last_update")));
}

TEST(Metrics, NameEachFamilyOnceBeforeItsValues) {
  const std::string text = metrics_text(standing(Phase::ready), {}, updates());
  std::set<std::string> families;
  std::string family;
  for (const std::string& line : base::split(text, '\n')) {
    if (line.starts_with("# TYPE ")) {
      family = base::split(line, ' ')[2];
      EXPECT_TRUE(families.insert(family).second) << line;
      EXPECT_THAT(text, HasSubstr("# HELP " + family + " "));
    } else if (!line.empty() && line[0] != '#') {
      EXPECT_EQ(line.substr(0, line.find_first_of("{ ")), family);
    }
  }
  EXPECT_TRUE(text.ends_with("\n"));
}

TEST(Metrics, EscapeWhatALabelMustNotHold) {
  auto facts = updates();
  facts.version = "a\"b\\c\nd";
  EXPECT_THAT(metrics_text(standing(Phase::ready), {}, facts), HasSubstr("version=\"a\\\"b\\\\c d\""));
}

TEST(Metrics, AreReadableByEverybodyAndLeaveNothingElse) {
  const test_support::TemporaryDirectory folder;
  const std::string path = folder.path() + "/openclaw.prom";
  ASSERT_TRUE(watchdog::write_metrics(path, "openclaw_gateway_up 1\n"));
  ASSERT_TRUE(watchdog::write_metrics(path, "openclaw_gateway_up 0\n"));
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0644U);
  EXPECT_EQ(folder.read("openclaw.prom"), "openclaw_gateway_up 0\n");
}

TEST(Metrics, AreNotWrittenWhereOthersCouldPutALink) {
  const test_support::TemporaryDirectory folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
  const auto written = watchdog::write_metrics(folder.path() + "/openclaw.prom", "x 1\n");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, base::ErrorKind::refused);
}

}  // namespace
