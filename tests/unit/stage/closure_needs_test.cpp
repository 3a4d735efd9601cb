// SPDX-License-Identifier: MIT
#include "stage/closure_needs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stage/support/fake_openclaw.hpp"

namespace {

using stage::ClosureNeeds;
using stage::PluginStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

openclaw::BundledPlugin plugin(const std::string& id, openclaw::Dependencies dependencies) {
  openclaw::BundledPlugin made;
  made.directory = made.id = id;
  made.enabled_by_default = true;
  made.dependencies = std::move(dependencies);
  return made;
}

class Planning : public testing::Test {
 protected:
  ClosureNeeds plan(const std::string& version = "2026.4.26") {
    const auto& era = openclaw::era_of(*openclaw::Version::parse(version));
    return stage::closure_needs(
        {package, bundled, config, era, selection, {}, [&](const auto& name, const auto&) {
           return present.contains(name) ? openclaw::Presence{"1.0.0", ""}
                                         : openclaw::Presence{"", "not installed"};
         }});
  }

  static const stage::PluginRow& row(const ClosureNeeds& plan, const std::string& id) {
    const auto found = std::find_if(plan.plugins.begin(), plan.plugins.end(),
                                    [&](const stage::PluginRow& row) { return row.id == id; });
    if (found == plan.plugins.end()) throw std::out_of_range("no row for " + id);
    return *found;
  }

  openclaw::Package package;
  std::vector<openclaw::BundledPlugin> bundled;
  openclaw::GatewayConfig config;
  openclaw::Selection selection;
  std::set<std::string> present;
};

TEST_F(Planning, AsksForTheUnionOfWhatAllNeededPluginsDeclare) {
  bundled = {plugin("slack", {{"@slack/bolt", "^4.7.0"}, {"zod", "4.0.0"}}),
             plugin("webhooks", {{"zod", "4.0.0"}})};
  EXPECT_THAT(plan().closure, UnorderedElementsAre(Pair("@slack/bolt", "^4.7.0"), Pair("zod", "4.0.0")));
}

TEST_F(Planning, NamesWhatEachPluginMisses) {
  bundled = {plugin("slack", {{"@slack/bolt", "^4.7.0"}, {"zod", "4.0.0"}}),
             plugin("webhooks", {{"zod", "4.0.0"}})};
  present = {"zod"};
  const auto made = plan();
  EXPECT_EQ(row(made, "webhooks").status, PluginStatus::present);
  EXPECT_EQ(row(made, "slack").status, PluginStatus::missing);
  EXPECT_THAT(row(made, "slack").missing, ElementsAre("@slack/bolt@^4.7.0"));
  EXPECT_TRUE(made.target_incomplete);
}

TEST_F(Planning, FindsNothingToDoWhenAllIsThere) {
  bundled = {plugin("webhooks", {{"zod", "4.0.0"}})};
  present = {"zod"};
  EXPECT_FALSE(plan().target_incomplete);
}

TEST_F(Planning, LeavesAPluginThatIsSwitchedOffAlone) {
  bundled = {plugin("slack", {{"@slack/bolt", "^4.7.0"}})};
  config.entries["slack"] = false;
  const auto made = plan();
  EXPECT_EQ(row(made, "slack").status, PluginStatus::not_needed);
  EXPECT_TRUE(made.closure.empty());
}

TEST_F(Planning, FailsAPluginWithADefectAndPlansTheOthers) {
  bundled = {plugin("bad", {}), plugin("webhooks", {{"zod", "4.0.0"}})};
  bundled[0].defect = "dist/extensions/bad/package.json: a dependency is named ../../x";
  const auto made = plan();
  EXPECT_EQ(row(made, "bad").status, PluginStatus::failed);
  EXPECT_THAT(row(made, "bad").reason, HasSubstr("../../x"));
  EXPECT_THAT(made.closure, ElementsAre(Pair("zod", "4.0.0")));
}

TEST_F(Planning, TakesTheExactVersionThatServesTwoRangesAndSaysSo) {
  bundled = {plugin("a", {{"ws", "^8.0.0"}}), plugin("b", {{"ws", "8.20.0"}})};
  const auto made = plan();
  EXPECT_THAT(made.closure, ElementsAre(Pair("ws", "8.20.0")));
  ASSERT_EQ(made.findings.size(), 1U);
  EXPECT_THAT(made.findings[0].message, HasSubstr("ws"));
}

TEST_F(Planning, TheExactManifestListsWhatTheConfigSaysAndTheMirroredCorePackages) {
  package.dependencies = {{"tslog", "^4.0.0"}, {"express", "^5.0.0"}};
  package.mirrored_dependencies = {"tslog"};
  bundled = {plugin("slack", {{"@slack/bolt", "^4.7.0"}}), plugin("matrix", {{"matrix-js-sdk", "41.3.0"}})};
  bundled[1].enabled_by_default = false;
  selection.only = {"matrix"};  // selected by an operator in addition: must not change what OpenClaw compares
  const auto made = plan("2026.4.29");
  EXPECT_THAT(made.exact_manifest,
              UnorderedElementsAre(Pair("@slack/bolt", "^4.7.0"), Pair("tslog", "^4.0.0")));
}

TEST_F(Planning, WithoutAPluginKeepsWhatOthersShareWithIt) {
  bundled = {plugin("whatsapp", {{"baileys", "7.0.0-rc.9"}, {"zod", "4.0.0"}}),
             plugin("webhooks", {{"zod", "4.0.0"}})};
  const auto rest = plan().without({"whatsapp"}, "git is needed and missing");
  EXPECT_THAT(rest.closure, ElementsAre(Pair("zod", "4.0.0")));
  EXPECT_EQ(row(rest, "whatsapp").status, PluginStatus::failed);
  EXPECT_EQ(row(rest, "whatsapp").reason, "git is needed and missing");
  EXPECT_EQ(row(rest, "webhooks").status, PluginStatus::missing);
}

}  // namespace
