// SPDX-License-Identifier: MIT
// Changelogs in the forms that published packages have.
#include "openclaw/changelog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using openclaw::ChangelogSection;
using openclaw::Version;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Version version(std::string_view text) {
  const auto parsed = Version::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Version{});
}

// `after` empty: `until` alone.
std::vector<ChangelogSection> sections(const std::string& text, std::string_view after,
                                       std::string_view until) {
  openclaw::VersionSpan span{{}, version(until)};
  if (!after.empty()) span.after = version(after);
  return openclaw::changelog_sections(text, span);
}

std::vector<std::string> versions(const std::string& text, std::string_view after, std::string_view until) {
  std::vector<std::string> found;
  for (const auto& section : sections(text, after, until)) found.push_back(section.version.text());
  return found;
}

std::string entries(std::size_t count, const std::string& line) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += line + "\n";
  return text;
}

// As 2026.5.12 has them: all versions, newest first.
constexpr const char* complete =
    "# Changelog\n\nDocs: https://docs.openclaw.ai\n\n## Unreleased\n\n- Not yet.\n\n"
    "## 2026.5.12\n\n### Breaking\n\n- One.\n\n### Fixes\n\n- Two.\n- Three.\n  - Below three.\n\n"
    "## 2026.5.3-1\n\n### Fixes\n\n- Four.\n\n"
    "## 2026.5.3\n\n### Fixes\n\n- Five.\n\n"
    "## 2026.4.1-beta.1\n\n### Changes\n\n- Six.\n\n"
    "## 2026.4.1\n\n- Seven.\n";

// As 2026.9.6 has it: its own version, and a list of pull requests.
constexpr const char* own =
    "# Changelog\n\n## 2026.9.6\n\n### Highlights\n\n- Updates: one.\n- Usage: two.\n\n"
    "### Complete contribution record\n\nThis audited record is complete.\n\n#### Pull requests\n\n"
    "- **PR #151269**\n- **PR #151977** Thanks @somebody.\n";

TEST(AChangelog, HasTheSectionsAfterTheOlderVersionUpToTheNewer) {
  EXPECT_THAT(versions(complete, "2026.5.3", "2026.5.12"), ElementsAre("2026.5.12", "2026.5.3-1"));
  EXPECT_THAT(versions(complete, "2026.4.1", "2026.5.3"), ElementsAre("2026.5.3"));
  EXPECT_THAT(versions(complete, "2026.4.29", "2026.5.4"), ElementsAre("2026.5.3-1", "2026.5.3"))
      << "neither of them needs a section";
}

TEST(AChangelog, HasNothingFromANewerVersionToAnOlder) {
  EXPECT_THAT(versions(complete, "2026.5.12", "2026.5.3"), IsEmpty());
  EXPECT_THAT(versions(complete, "2026.5.12", "2026.5.12"), IsEmpty());
}

TEST(AChangelog, HasTheSectionOfOneVersionWhereThereIsNoOlderOne) {
  EXPECT_THAT(versions(complete, "", "2026.5.3"), ElementsAre("2026.5.3"));
}

TEST(AChangelog, OrdersPrereleasesAndCorrectionsAsVersionsAre) {
  EXPECT_THAT(versions(complete, "2026.4.1-beta.1", "2026.4.1"), ElementsAre("2026.4.1"));
  EXPECT_THAT(versions(complete, "2026.3.31", "2026.4.1"), ElementsAre("2026.4.1", "2026.4.1-beta.1"))
      << "also where the file has them the other way round";
  EXPECT_THAT(versions(complete, "2026.5.3-1", "2026.5.12"), ElementsAre("2026.5.12"));
}

TEST(AChangelog, OfAPrereleaseIsUnderTheNameOfItsRelease) {
  EXPECT_THAT(versions("## 2026.9.1\n- One.\n", "2026.8.2", "2026.9.1-beta.1"), ElementsAre("2026.9.1"));
  EXPECT_THAT(versions("## 2026.9.1\n- One.\n", "", "2026.9.1-beta.1"), ElementsAre("2026.9.1"));
  EXPECT_THAT(versions("## 2026.9.1-1\n- One.\n", "2026.8.2", "2026.9.1-beta.1"), IsEmpty());
}

TEST(AChangelog, KeepsTitlesLinesAndHowManyEntriesThereAre) {
  const auto found = sections(complete, "2026.5.9", "2026.5.12");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].entries(), 3U) << "what is below an entry is part of it";
  ASSERT_THAT(found[0].parts, SizeIs(2));
  EXPECT_EQ(found[0].parts[0].title, "Breaking");
  EXPECT_THAT(found[0].parts[0].lines, ElementsAre("- One."));
  EXPECT_EQ(found[0].parts[1].title, "Fixes");
  EXPECT_THAT(found[0].parts[1].lines, ElementsAre("- Two.", "- Three.", "  - Below three."));
}

TEST(AChangelog, KeepsEntriesAboveTheFirstTitle) {
  const auto found = sections(complete, "", "2026.4.1");
  ASSERT_THAT(found, SizeIs(1));
  ASSERT_THAT(found[0].parts, SizeIs(1));
  EXPECT_EQ(found[0].parts[0].title, "");
  EXPECT_THAT(found[0].parts[0].lines, ElementsAre("- Seven."));
}

TEST(AChangelog, OnlyCountsAListOfPullRequests) {
  const auto found = sections(own, "2026.9.5", "2026.9.6");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].entries(), 2U);
  ASSERT_THAT(found[0].parts, SizeIs(2));
  EXPECT_FALSE(found[0].parts[0].is_for_reference);
  EXPECT_TRUE(found[0].parts[1].is_for_reference);
  EXPECT_THAT(found[0].parts[1].lines, IsEmpty());
  EXPECT_EQ(found[0].parts[1].entries, 2U);
  EXPECT_EQ(found[0].parts[1].left_out, 4U);
}

TEST(AChangelog, OnlyCountsAPartThatIsTooLongToRead) {
  const std::string head = "## 2026.9.6\n### Fixes\n";
  const auto longest = sections(head + entries(500, "- One."), "", "2026.9.6");
  ASSERT_THAT(longest, SizeIs(1));
  EXPECT_EQ(longest[0].entries(), 500U);
  EXPECT_THAT(longest[0].parts.at(0).lines, SizeIs(500));
  const auto too_long = sections(head + entries(501, "- One.") + "### Changes\n- Two.\n", "", "2026.9.6");
  ASSERT_THAT(too_long, SizeIs(1));
  EXPECT_EQ(too_long[0].entries(), 1U);
  EXPECT_THAT(too_long[0].parts.at(0).lines, IsEmpty());
  EXPECT_EQ(too_long[0].parts.at(0).left_out, 501U);
  EXPECT_THAT(too_long[0].parts.at(1).lines, ElementsAre("- Two."));
}

TEST(AHostileChangelog, SteersNoTerminal) {
  const auto found =
      sections("## 2026.9.6\r\n### Fi\x1b[31mxes\r\n- Caf\xc3\xa9.\x1b]0;title\a \xe2\x80\xae\x07\r\n", "",
               "2026.9.6");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].parts.at(0).title, "Fixes");
  EXPECT_THAT(found[0].parts.at(0).lines, ElementsAre(testing::StartsWith("- Caf\xc3\xa9.")));
  for (const char c : found[0].parts.at(0).lines.at(0)) EXPECT_FALSE(c == '\x1b' || c == '\a');
}

TEST(AHostileChangelog, IsCutInLinesLengthAndSections) {
  std::string titles = "## 2026.9.6\n";
  for (int i = 0; i < 30'000; ++i) titles += "### T\n- One.\n";
  std::size_t lines = 0;
  for (const auto& section : sections(titles, "", "2026.9.6")) {
    for (const auto& part : section.parts) lines += 1 + part.lines.size();
  }
  EXPECT_EQ(lines, 20'000U);

  const auto broad = sections("## 2026.9.6\n- " + std::string(1'000'000, 'x') + "\n", "", "2026.9.6");
  ASSERT_THAT(broad, SizeIs(1));
  EXPECT_THAT(broad[0].parts.at(0).lines, ElementsAre(SizeIs(2'000)));

  std::string many;
  for (int i = 1; i <= 1'000; ++i) many += "## 2026.9." + std::to_string(i) + "\n- One.\n";
  EXPECT_THAT(sections(many, "2026.8.2", "2026.10.1"), SizeIs(200));
}

TEST(AHostileChangelog, NamesAVersionTwiceAndHasTheFirstOfThem) {
  const auto found = sections("## 2026.9.6\n- One.\n## 2026.9.6\n- Two.\n", "", "2026.9.6");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].parts.at(0).lines, ElementsAre("- One."));
}

TEST(ATextThatIsNoChangelog, HasNoSections) {
  for (const char* text :
       {"", "\n", "2026.9.6\n- One.\n", "# 2026.9.6\n- One.\n", "##2026.9.6\n- One.\n", "## \n"}) {
    EXPECT_THAT(versions(text, "2026.9.5", "2026.9.6"), IsEmpty()) << text;
  }
  EXPECT_THAT(versions("## 2026.9.6 (November 28)", "2026.9.5", "2026.9.6"), Not(IsEmpty()));
}

}  // namespace
