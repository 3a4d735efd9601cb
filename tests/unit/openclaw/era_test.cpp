// SPDX-License-Identifier: MIT
#include "openclaw/era.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using openclaw::Completeness;
using openclaw::Delivery;
using openclaw::Era;
using openclaw::era_of;
using openclaw::PolicyGeneration;
using openclaw::Version;

Version version(std::string_view text) {
  return Version::parse(text).value_or(Version{});
}
const Era& era(std::string_view text) {
  return era_of(version(text));
}

TEST(Era, KnowsHowEachVersionFindsItsPluginDependencies) {
  struct Row {
    const char* version;
    Delivery delivery;
    Completeness completeness;
  };
  constexpr Row rows[] = {
      {"2025.12.1", Delivery::none, Completeness::entry_files},
      {"2026.4.14", Delivery::none, Completeness::entry_files},
      {"2026.4.15-beta.1", Delivery::plugin_view, Completeness::entry_files},
      {"2026.4.15", Delivery::plugin_view, Completeness::entry_files},
      {"2026.4.20", Delivery::plugin_view, Completeness::entry_files},
      {"2026.4.21", Delivery::plugin_view, Completeness::entry_files},
      {"2026.4.22-beta.1", Delivery::external_root, Completeness::version_ranges},
      {"2026.4.22", Delivery::external_root, Completeness::version_ranges},
      {"2026.4.27", Delivery::external_root, Completeness::version_ranges},
      {"2026.4.29-beta.1", Delivery::external_root, Completeness::exact_manifest},
      {"2026.4.29", Delivery::external_root, Completeness::exact_manifest},
      {"2026.4.30-beta.1", Delivery::external_root, Completeness::exact_manifest},
      {"2026.5.2-beta.1", Delivery::flat_npm_root, Completeness::entry_files},
      {"2026.5.3-1", Delivery::flat_npm_root, Completeness::entry_files},
      {"2026.5.27", Delivery::flat_npm_root, Completeness::entry_files},
      {"2026.5.28", Delivery::plugin_projects, Completeness::entry_files},
      {"2026.9.6", Delivery::plugin_projects, Completeness::entry_files},
      {"2031.1.1", Delivery::plugin_projects, Completeness::entry_files},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(era(row.version).delivery, row.delivery) << row.version;
    EXPECT_EQ(era(row.version).completeness, row.completeness) << row.version;
  }
}

TEST(Era, CountsModelsAndProvidersFromTheExactManifestOn) {
  EXPECT_EQ(era("2026.4.27").policy, PolicyGeneration::by_default_or_enabled);
  EXPECT_EQ(era("2026.4.29-beta.1").policy, PolicyGeneration::exact_manifest);
}

TEST(Era, KnowsWhatEachVersionLeavesLyingAbout) {
  EXPECT_FALSE(era("2026.4.23").leftovers.dependency_lock);
  EXPECT_TRUE(era("2026.4.24").leftovers.dependency_lock);
  EXPECT_FALSE(era("2026.4.24").leftovers.mirror_lock);
  EXPECT_TRUE(era("2026.4.25").leftovers.mirror_lock);
  EXPECT_FALSE(era("2026.4.25").leftovers.layered_bases);
  EXPECT_TRUE(era("2026.4.26").leftovers.layered_bases);
  EXPECT_TRUE(era("2026.4.29").leftovers.layered_bases);
}

// #75108 is about links in a root that 2026.4.29 reads; those that 2026.4.22-4.28 make themselves are how
// they work.
TEST(Era, TakesMirrorLinksForDamageFrom2026_4_29On) {
  EXPECT_TRUE(era("2026.4.22").leftovers.mirror_links_expected);
  EXPECT_TRUE(era("2026.4.27").leftovers.mirror_links_expected);
  EXPECT_FALSE(era("2026.4.29-beta.1").leftovers.mirror_links_expected);
}

TEST(Era, KnowsTheDoctorThatDeletesTheStageDirectory) {
  EXPECT_FALSE(era("2026.4.29").doctor_deletes_stage_dir);
  EXPECT_TRUE(era("2026.5.2").doctor_deletes_stage_dir);
  EXPECT_TRUE(era("2026.9.1").doctor_deletes_stage_dir);
  EXPECT_FALSE(era("2026.9.2").doctor_deletes_stage_dir);
}

TEST(Era, KnowsWhoDiesOfAStateDirectoryThatSomebodyElseOwns) {
  for (const char* dying : {"2026.5.12-beta.1", "2026.5.12", "2026.5.26", "2026.6.11", "2026.6.11-1"}) {
    EXPECT_TRUE(dies_of_unowned_state(version(dying))) << dying;
  }
  for (const char* living : {"2026.4.20", "2026.4.29", "2026.6.12", "2026.9.6"}) {
    EXPECT_FALSE(dies_of_unowned_state(version(living))) << living;
  }
}

// A newer release than any that was looked at is no reason to refuse; what is not known is said.
TEST(Era, HandlesANewerReleaseAsTheNewestThatItKnowsAndSaysSo) {
  const auto newer = *openclaw::Version::parse("2027.1.3");
  EXPECT_EQ(openclaw::era_of(newer).name, openclaw::eras().back().name);
  EXPECT_EQ(openclaw::notice_of_newer_release(newer),
            "OpenClaw 2027.1.3 is newer than the releases that this openclaw-systemd knows (up to " +
                std::string(openclaw::newest_known) + "); it is handled as the newest known release");
  for (const std::string& known : {std::string("2026.4.14"), std::string(openclaw::newest_known),
                                   std::string(openclaw::newest_known) + "-1"}) {
    EXPECT_EQ(openclaw::notice_of_newer_release(*openclaw::Version::parse(known)), "") << known;
  }
}

TEST(Era, RowsAreInOrderAndEachBeginsWhereItSays) {
  const auto rows = openclaw::eras();
  ASSERT_FALSE(rows.empty());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ASSERT_TRUE(Version::parse(rows[i].first)) << rows[i].first;
    EXPECT_EQ(era(rows[i].first).name, rows[i].name);
    if (i == 0) continue;
    EXPECT_LT(version(rows[i - 1].first), version(rows[i].first));
  }
}

}  // namespace
