// SPDX-License-Identifier: MIT
// What a person and a script read of changes in OpenClaw.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <cstdio>

#include "support/temporary_directory.hpp"
#include "tools/changelog_text.hpp"
#include "tools/changes_line.hpp"
#include "tools/update_commands.hpp"

namespace {

using nlohmann::json;
using openclaw::ChangelogPart;
using openclaw::ChangelogSection;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

openclaw::Version version(std::string_view text) {
  return openclaw::Version::parse(text).value_or(openclaw::Version{});
}

std::vector<std::string> text_of(const ChangelogPart& part) {
  return tools::changelog_text({ChangelogSection{version("2026.9.6"), {part}}});
}

json some_changes(std::uint64_t entries, const std::vector<std::string>& versions) {
  return {{"from", "2026.9.5"}, {"to", "2026.9.6"}, {"entries", entries}, {"versions", versions}};
}

TEST(TheLineOfChanges, SaysHowManyOfWhichVersionAndWhatShowsThem) {
  EXPECT_EQ(tools::changes_line(some_changes(175, {"2026.9.6"})),
            "2026.9.5 -> 2026.9.6: 175 entries for 2026.9.6; openclaw-update changelog shows them");
  EXPECT_EQ(tools::changes_line(some_changes(1, {"2026.9.6", "2026.9.5-1"})),
            "2026.9.5 -> 2026.9.6: 1 entry for 2 versions; openclaw-update changelog shows them");
  EXPECT_THAT(tools::changes_line_of_versions(some_changes(175, {"2026.9.6"})),
              HasSubstr("; openclaw-update changelog --from 2026.9.5 --to 2026.9.6 shows them"));
}

TEST(TheLineOfChanges, IsNotThereWithoutChanges) {
  EXPECT_EQ(tools::changes_line(nullptr), "");
  EXPECT_EQ(tools::changes_line(some_changes(0, {"2026.9.6"})), "");
  EXPECT_EQ(tools::changes_line_of_versions(nullptr), "");
}

TEST(TheTextOfAChangelog, HasTheVersionTheTitlesAndTheEntries) {
  EXPECT_THAT(text_of({"Fixes", {"- One.", "- Two."}, 2, 0, false}),
              ElementsAre("OpenClaw 2026.9.6", "", "Fixes:", "", "- One.", "- Two."));
  EXPECT_THAT(text_of({"", {"- One."}, 1, 0, false}), ElementsAre("OpenClaw 2026.9.6", "", "- One."));
}

TEST(TheTextOfAChangelog, SaysWhatItLeavesOut) {
  EXPECT_THAT(text_of({"Complete contribution record", {}, 2674, 2676, true}),
              ElementsAre("OpenClaw 2026.9.6", "", "Complete contribution record: 2674 entries, not shown"));
  EXPECT_THAT(text_of({"Fixes", {"- One."}, 3, 2, false}),
              ElementsAre("OpenClaw 2026.9.6", "", "Fixes:", "", "- One.", "2 more lines, not shown"));
}

TEST(TheTextOfAChangelog, FitsATerminal) {
  std::string words = "-";
  for (int i = 0; i < 60; ++i) words += " caf\xc3\xa9";
  const auto lines = text_of({"", {words}, 1, 0, false});
  ASSERT_THAT(lines, SizeIs(6));
  // 2 and 15 times 5 characters, less the blank at the end; each é is two bytes.
  EXPECT_THAT(lines[2], AllOf(testing::StartsWith("- caf"), SizeIs(76 + 15)));
  EXPECT_THAT(lines[3], testing::StartsWith("  caf"));
  EXPECT_THAT(lines[5], testing::StartsWith("  caf"));
}

TEST(TheTextOfAChangelog, DoesNotCutALineThatFitsNorAWord) {
  const std::string fits = "- " + std::string(38, 'a') + " " + std::string(39, 'b');
  EXPECT_THAT(text_of({"", {fits}, 1, 0, false}), ElementsAre("OpenClaw 2026.9.6", "", fits));
  EXPECT_THAT(text_of({"", {fits + "b"}, 1, 0, false}),
              ElementsAre("OpenClaw 2026.9.6", "", "- " + std::string(38, 'a'), "  " + std::string(40, 'b')));
  const std::string word(200, 'x');
  EXPECT_THAT(text_of({"", {word}, 0, 0, false}), ElementsAre("OpenClaw 2026.9.6", "", word));
  EXPECT_THAT(text_of({"", {std::string(90, ' '), ""}, 0, 0, false}), Each(Not(HasSubstr("x"))))
      << "lines of blanks alone are no error";
}

// A host on which 2026.9.5 was updated to 2026.9.6.
class TheChangelogCommand : public testing::Test {
 protected:
  TheChangelogCommand() {
    options_.scope.updater = host_.path();
    options_.scope.requests = host_.path("requests");
    options_.scope.settings.path = host_.path("helpers.ini");
    add("2026.9.5", "## 2026.9.5\n\n### Fixes\n\n- Five.\n");
    add("2026.9.6", "## 2026.9.6\n\n### Fixes\n\n- Six.\n");
    host_.symlink("releases/2026.9.6-1f3a9c2e", "current");
    host_.symlink("releases/2026.9.5-1f3a9c2e", "previous");
  }
  void add(const std::string& release, const std::string& changelog) {
    host_.write("releases/" + release + "-1f3a9c2e/CHANGELOG.md", changelog);
  }
  // What it prints, on either stream.
  std::string printed() {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    status_ = tools::show_changelog(options_);
    std::fflush(stdout);
    return testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
  }

  test_support::TemporaryDirectory host_;
  tools::UpdateOptions options_;
  int status_ = -1;
};

TEST_F(TheChangelogCommand, PrintsWhatTheLastUpdateBrought) {
  EXPECT_EQ(printed(), "OpenClaw 2026.9.6\n\nFixes:\n\n- Six.\n");
  EXPECT_EQ(status_, EX_OK);
}

TEST_F(TheChangelogCommand, PrintsWhatANewerReleaseWouldBring) {
  add("2026.9.7", "## 2026.9.7\n\n- Seven.\n");
  EXPECT_EQ(printed(), "OpenClaw 2026.9.7\n\n- Seven.\n");
}

TEST_F(TheChangelogCommand, PrintsWhatIsBetweenTheVersionsThatAreGiven) {
  options_.from = "2026.8.2";
  EXPECT_EQ(printed(), "OpenClaw 2026.9.6\n\nFixes:\n\n- Six.\n\nOpenClaw 2026.9.5\n\nFixes:\n\n- Five.\n");
  options_.to = "2026.9.5";
  EXPECT_EQ(printed(), "OpenClaw 2026.9.5\n\nFixes:\n\n- Five.\n");
}

TEST_F(TheChangelogCommand, PrintsOneVersionWhereThereIsNoOlderOne) {
  options_.to = "2026.9.5";
  EXPECT_EQ(printed(), "OpenClaw 2026.9.5\n\nFixes:\n\n- Five.\n");
}

TEST_F(TheChangelogCommand, SaysThatNoReleaseHasAChangelog) {
  add("2026.9.6", "");
  EXPECT_EQ(printed(), "no release on this host has a changelog for 2026.9.5 -> 2026.9.6\n");
  EXPECT_EQ(status_, EX_OK);
}

TEST_F(TheChangelogCommand, NamesTheCommandThatFetchesAVersionThatIsNotHere) {
  options_.to = "2026.9.7";
  EXPECT_THAT(printed(), HasSubstr("openclaw-update rehearse 2026.9.7 fetches it"));
  EXPECT_EQ(status_, EX_NOINPUT);
}

TEST_F(TheChangelogCommand, RefusesToGoBack) {
  options_.from = "2026.9.6";
  options_.to = "2026.9.5";
  EXPECT_THAT(printed(), HasSubstr("2026.9.6 is not older than 2026.9.5"));
  EXPECT_EQ(status_, EX_USAGE);
}

TEST_F(TheChangelogCommand, HasAllOfItForAScript) {
  options_.json = true;
  const json expected = json::parse(R"({
    "schema": 1, "from": "2026.9.5", "to": "2026.9.6",
    "sections": [{"version": "2026.9.6",
                  "parts": [{"title": "Fixes", "entries": 1, "lines": ["- Six."], "left_out": 0}]}]
  })");
  EXPECT_EQ(json::parse(printed(), nullptr, false), expected);
}

TEST(TheChangelogOnAHostWithoutAnOpenclaw, NamesTheCommandThatInstallsOne) {
  const test_support::TemporaryDirectory host;
  tools::UpdateOptions options;
  options.scope.updater = host.path();
  options.scope.requests = host.path("requests");
  options.scope.settings.path = host.path("helpers.ini");
  testing::internal::CaptureStderr();
  EXPECT_EQ(tools::show_changelog(options), EX_NOINPUT);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("openclaw-update installs one"));
}

}  // namespace
