// SPDX-License-Identifier: MIT
#include "release/changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"

namespace {

using openclaw::Version;
using testing::ElementsAre;
using testing::IsEmpty;

std::string section(const std::string& version, const std::string& entry) {
  return "## " + version + "\n\n### Fixes\n\n- " + entry + "\n\n";
}

class Changes : public testing::Test {
 protected:
  // Of the kind that the store lists: by version.
  void add(const std::string& version, const std::string& changelog, const std::string& digest = "1f3a9c2e") {
    const std::string name = version + "-" + digest;
    folder_.mkdir(name);
    if (!changelog.empty()) folder_.write(name + "/CHANGELOG.md", "# Changelog\n\n" + changelog);
    release::Release release;
    release.name = name;
    release.path = folder_.path(name);
    release.description.version = version;
    releases_.push_back(release);
  }

  static Version version(const std::string& text) { return Version::parse(text).value_or(Version{}); }
  // "2026.9.6: - One."
  [[nodiscard]] std::vector<std::string> found(const std::string& after, const std::string& until) const {
    std::vector<std::string> texts;
    for (const auto& section : release::changes_in(releases_, {version(after), version(until)})) {
      texts.push_back(section.version.text() + ": " + section.parts.at(0).lines.at(0));
    }
    return texts;
  }
  // "2026.9.5 -> 2026.9.6"
  [[nodiscard]] std::string span(const std::string& current, const std::string& previous) const {
    const auto latest = release::latest_span(releases_, current, previous);
    if (!latest) return "";
    return (latest->after ? latest->after->text() : "none") + " -> " + latest->until.text();
  }

  test_support::TemporaryDirectory folder_;
  std::vector<release::Release> releases_;
};

TEST_F(Changes, AreGatheredFromPackagesThatHaveOnlyTheirOwn) {
  add("2026.9.4", section("2026.9.4", "Four."));
  add("2026.9.5", section("2026.9.5", "Five."));
  add("2026.9.6", section("2026.9.6", "Six."));
  EXPECT_THAT(found("2026.9.4", "2026.9.6"), ElementsAre("2026.9.6: - Six.", "2026.9.5: - Five."));
  EXPECT_THAT(found("2026.9.4", "2026.9.5"), ElementsAre("2026.9.5: - Five."));
}

TEST_F(Changes, OfVersionsThatAreNotInstalledAreInAPackageThatHasAll) {
  add("2026.4.26", section("2026.4.26", "Old."));
  add("2026.5.12",
      section("2026.5.12", "Twelve.") + section("2026.5.9", "Nine.") + section("2026.4.26", "Old."));
  EXPECT_THAT(found("2026.4.26", "2026.5.12"), ElementsAre("2026.5.12: - Twelve.", "2026.5.9: - Nine."));
}

TEST_F(Changes, AreThoseOfTheNewestReleaseWhereSeveralTellOfAVersion) {
  add("2026.5.3", section("2026.5.3", "As it was."));
  add("2026.5.12", section("2026.5.12", "Twelve.") + section("2026.5.3", "Corrected."));
  EXPECT_THAT(found("2026.5.2", "2026.5.12"), ElementsAre("2026.5.12: - Twelve.", "2026.5.3: - Corrected."));
  EXPECT_THAT(found("2026.5.2", "2026.5.3"), ElementsAre("2026.5.3: - As it was."))
      << "what is newer than the span is not read";
}

TEST_F(Changes, AreReadFromAReleaseThatWasSealedLater) {
  add("2026.9.6", "", "00000001");
  add("2026.9.6", section("2026.9.6", "Six."), "00000002");
  EXPECT_THAT(found("2026.9.5", "2026.9.6"), ElementsAre("2026.9.6: - Six."));
}

TEST_F(Changes, AreNothingWithoutAChangelog) {
  add("2026.9.5", section("2026.9.5", "Five."));
  add("2026.9.6", "");
  EXPECT_THAT(found("2026.9.5", "2026.9.6"), IsEmpty());
  EXPECT_THAT(found("2026.9.4", "2026.9.6"), ElementsAre("2026.9.5: - Five."));
}

TEST_F(Changes, AreNotReadThroughALinkNorFromAFileThatIsTooLarge) {
  add("2026.9.6", "");
  const std::string text = section("2026.9.6", "Six.");
  folder_.write("elsewhere.md", text);
  folder_.symlink(folder_.path("elsewhere.md"), "2026.9.6-1f3a9c2e/CHANGELOG.md");
  EXPECT_THAT(found("2026.9.5", "2026.9.6"), IsEmpty());
  add("2026.9.7", "");
  const std::string largest = text + std::string(openclaw::longest_changelog - text.size(), '\n');
  folder_.write("2026.9.7-1f3a9c2e/CHANGELOG.md", largest);
  EXPECT_THAT(found("2026.9.5", "2026.9.7"), ElementsAre("2026.9.6: - Six."));
  folder_.write("2026.9.7-1f3a9c2e/CHANGELOG.md", largest + "\n");
  EXPECT_THAT(found("2026.9.5", "2026.9.7"), IsEmpty());
}

TEST_F(Changes, OfNoteAreThoseOfANewerReleaseElseThoseOfTheLastUpdate) {
  EXPECT_EQ(span("", ""), "");
  add("2026.9.4", "");
  add("2026.9.5", "");
  EXPECT_EQ(span("2026.9.5-1f3a9c2e", "2026.9.4-1f3a9c2e"), "2026.9.4 -> 2026.9.5") << "it was updated";
  add("2026.9.6", "");
  EXPECT_EQ(span("2026.9.5-1f3a9c2e", "2026.9.4-1f3a9c2e"), "2026.9.5 -> 2026.9.6") << "it was rehearsed";
  EXPECT_EQ(span("2026.9.5-1f3a9c2e", "2026.9.6-1f3a9c2e"), "2026.9.5 -> 2026.9.6") << "it was rolled back";
}

TEST_F(Changes, OfAFirstInstallationHaveNoBeginning) {
  add("2026.9.6", "");
  EXPECT_EQ(span("2026.9.6-1f3a9c2e", ""), "none -> 2026.9.6");
  EXPECT_EQ(span("damaged: current points to nothing", ""), "none -> 2026.9.6");
}

}  // namespace
