// SPDX-License-Identifier: MIT
#include "stage/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

stage::Target target(const std::string& version, const base::Environment& environment) {
  openclaw::Package package;
  package.root = "/usr/lib/node_modules/openclaw";
  package.version_text = version;
  package.version = *openclaw::Version::parse(version);
  return stage::target_for(package, openclaw::era_of(package.version), openclaw::locations_of(environment));
}

const base::Environment unit = {{"STATE_DIRECTORY", "/var/lib/openclaw:/var/lib/other"},
                                {"HOME", "/home/openclaw"}};

TEST(TheTarget, OfVersionsWithoutAnExternalRootIsTheViewInTheStateDirectory) {
  EXPECT_EQ(target("2026.4.20", unit).path(), "/var/lib/openclaw/plugin-view");
}

TEST(TheTarget, OfVersionsThatShipTheirDependenciesIsNone) {
  EXPECT_THAT(target("2026.4.14", unit).base, IsEmpty());
  EXPECT_THAT(target("2026.9.6", unit).base, IsEmpty());
}

TEST(TheTarget, IsInTheFirstStateDirectoryOfTheUnit) {
  EXPECT_EQ(target("2026.4.26", unit).base, "/var/lib/openclaw/plugin-runtime-deps");
}

TEST(TheTarget, IsInTheStageDirectoryBeforeTheStateDirectory) {
  auto told = unit;
  told["OPENCLAW_PLUGIN_STAGE_DIR"] = "/srv/stage";
  EXPECT_EQ(target("2026.4.26", told).base, "/srv/stage");
}

TEST(TheTarget, IsTheLastLayerOfAStageDirectoryListFrom426On) {
  auto told = unit;
  told["OPENCLAW_PLUGIN_STAGE_DIR"] = "/image/stage:/srv/stage";
  EXPECT_EQ(target("2026.4.26", told).base, "/srv/stage");
}

TEST(TheTarget, HasATwinWhere422LooksFromInsideItsOwnMirror) {
  const auto twins = target("2026.4.22", unit);
  EXPECT_THAT(twins.twin_names, ElementsAre(openclaw::stage_root_name("unknown", twins.path())));
  EXPECT_THAT(target("2026.4.26", unit).twin_names, IsEmpty());
}

}  // namespace
