// SPDX-License-Identifier: MIT
#include "stage/external_needs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace {

using openclaw::InstalledPlugin;
using openclaw::PeerLink;
using stage::ExternalNeed;
using stage::PluginStatus;
using State = stage::ExternalNeed::State;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ExternalPlanning : public testing::Test {
 protected:
  ExternalPlanning() {
    knows({"slack", "@openclaw/slack", "", "slack", {}, {}});
    knows({"brave", "@openclaw/brave-plugin", "", "", {}, {"brave"}});
    knows({"acpx", "@openclaw/acpx", "", "", {}, {}});
    knows({"codex", "@openclaw/codex", "", "", {}, {}});
    knows({"wecom-openclaw-plugin", "@wecom/wecom-openclaw-plugin", "2026.5.7", "wecom", {}, {}});
    knows({"openclaw-qqbot", "@tencent-connect/openclaw-qqbot", "2.0.3", "qqbot", {}, {}});
  }

  void knows(openclaw::ExternalPlugin plugin) { catalog[plugin.id] = std::move(plugin); }
  InstalledPlugin& has(const std::string& id, const std::string& version) {
    InstalledPlugin plugin;
    plugin.id = id;
    plugin.package = "@openclaw/" + id;
    plugin.version = version;
    plugin.peer_link = PeerLink::right;
    installed.push_back(std::move(plugin));
    return installed.back();
  }
  void configure_channel(const std::string& id) {
    config.channels[id] = std::nullopt;
    config.hints.channels_with_settings.insert(id);
  }
  [[nodiscard]] std::vector<ExternalNeed> plan() {
    const auto needs =
        stage::external_needs({catalog, config, bundled, installed, core, selection, variables});
    if (!needs) ADD_FAILURE() << needs.error().message;
    return needs ? *needs : std::vector<ExternalNeed>{};
  }
  [[nodiscard]] std::vector<std::string> missing() {
    std::vector<std::string> targets;
    for (const auto& need : plan()) {
      if (need.state == State::missing) targets.push_back(need.target());
    }
    return targets;
  }
  [[nodiscard]] stage::PluginRow only_row() {
    const auto needs = plan();
    EXPECT_EQ(needs.size(), 1U);
    return needs.empty() ? stage::PluginRow{} : stage::row_of(needs.front(), core);
  }

  openclaw::ExternalCatalog catalog;
  openclaw::GatewayConfig config;
  std::vector<openclaw::BundledPlugin> bundled;
  std::vector<InstalledPlugin> installed;
  std::string core = "2026.5.12";
  openclaw::Selection selection;
  std::set<std::string> variables;
};

TEST_F(ExternalPlanning, WantsNothingOfAnEmptyConfig) {
  EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(ExternalPlanning, WantsTheCoresVersionForAConfiguredChannel) {
  configure_channel("slack");
  EXPECT_THAT(missing(), ElementsAre("@openclaw/slack@2026.5.12"));
  EXPECT_THAT(only_row().missing, ElementsAre("@openclaw/slack@2026.5.12"));
}

TEST_F(ExternalPlanning, WantsAThirdPartysPin) {
  configure_channel("wecom");
  EXPECT_THAT(missing(), ElementsAre("@wecom/wecom-openclaw-plugin@2026.5.7"));
}

TEST_F(ExternalPlanning, FindsEveryReason) {
  config.entries["brave"] = true;
  config.hints.probed.insert("acpx");
  config.hints.agent_runtimes.insert("codex");
  variables = {"SLACK_BOT_TOKEN"};
  EXPECT_THAT(missing(), ElementsAre("@openclaw/acpx@2026.5.12", "@openclaw/brave-plugin@2026.5.12",
                                     "@openclaw/codex@2026.5.12", "@openclaw/slack@2026.5.12"));
}

TEST_F(ExternalPlanning, FollowsTheWebSearchProvider) {
  config.web_search_provider = "brave";
  EXPECT_THAT(missing(), ElementsAre("@openclaw/brave-plugin@2026.5.12"));
}

TEST_F(ExternalPlanning, TakesVariablesOfTheConfigToo) {
  config.hints.variables = {"SLACK_APP_TOKEN"};
  EXPECT_THAT(missing(), ElementsAre("@openclaw/slack@2026.5.12"));
}

TEST_F(ExternalPlanning, LeavesWhatIsSwitchedOff) {
  configure_channel("slack");
  config.channels["slack"] = false;
  variables = {"SLACK_BOT_TOKEN"};
  EXPECT_THAT(missing(), IsEmpty()) << "channels.slack.enabled is false";
  config.channels["slack"] = true;
  config.deny = {"slack"};
  EXPECT_THAT(missing(), IsEmpty()) << "denied";
  config.deny = {};
  config.entries["slack"] = false;
  EXPECT_THAT(missing(), IsEmpty()) << "entry disabled";
  config.entries = {};
  config.plugins_enabled = false;
  EXPECT_THAT(missing(), IsEmpty()) << "plugins.enabled is false";
}

TEST_F(ExternalPlanning, LeavesWhatTheCoreBundles) {
  configure_channel("slack");
  openclaw::BundledPlugin plugin;
  plugin.directory = plugin.id = "slack";
  plugin.channels = {"slack"};
  bundled.push_back(plugin);
  EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(ExternalPlanning, TakesAnotherPackageForTheSameChannel) {
  configure_channel("qqbot");
  has("qqbot", "2026.5.12").channels = {"qqbot"};
  EXPECT_THAT(missing(), IsEmpty());
  EXPECT_EQ(only_row().status, PluginStatus::present);
}

TEST_F(ExternalPlanning, ListsWhatIsInstalledWithoutNeedingIt) {
  has("slack", "2026.5.12");
  EXPECT_EQ(only_row().status, PluginStatus::not_needed);
  EXPECT_EQ(only_row().reason, "installed, not configured");
}

TEST_F(ExternalPlanning, SeesSkewByRelease) {
  configure_channel("slack");
  has("slack", "2026.5.11");
  EXPECT_TRUE(plan()[0].skewed());
  installed[0].version = "2026.5.12";
  EXPECT_FALSE(plan()[0].skewed());
  core = "2026.5.12-1";
  EXPECT_FALSE(plan()[0].skewed()) << "a correction has no plugins of its own";
  core = "2026.5.12-beta.1";
  EXPECT_TRUE(plan()[0].skewed());
}

TEST_F(ExternalPlanning, SeesNoSkewInWhatStrangersPublish) {
  configure_channel("wecom");
  has("wecom-openclaw-plugin", "2026.4.1").package = "@wecom/wecom-openclaw-plugin";
  EXPECT_FALSE(plan()[0].skewed());
}

TEST_F(ExternalPlanning, FailsWhatTheCoreRefusesToLoad) {
  configure_channel("slack");
  has("slack", "2026.9.9").required_core = "2026.9.9";
  const auto row = only_row();
  EXPECT_EQ(row.status, PluginStatus::failed);
  EXPECT_THAT(row.reason, HasSubstr("requires OpenClaw 2026.9.9 and this is 2026.5.12"));
  EXPECT_THAT(row.reason, HasSubstr("--repair"));
}

TEST_F(ExternalPlanning, CountsABrokenLinkAsMissingAndAnObstructedOneAsFailed) {
  configure_channel("slack");
  has("slack", "2026.5.12").peer_link = PeerLink::dangling;
  EXPECT_EQ(only_row().status, PluginStatus::missing);
  installed[0].peer_link = PeerLink::obstructed;
  EXPECT_EQ(only_row().status, PluginStatus::failed);
}

TEST_F(ExternalPlanning, TakesAllForAllThatIsConfigured) {
  selection.all = true;
  EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(ExternalPlanning, TakesANameFromTheCatalogueAndNothingElse) {
  configure_channel("slack");
  has("matrix", "2026.5.12");
  selection.only = {"brave"};
  EXPECT_THAT(missing(), ElementsAre("@openclaw/brave-plugin@2026.5.12"));
  EXPECT_EQ(plan().size(), 1U);
}

TEST_F(ExternalPlanning, RefusesAnUnknownName) {
  selection.only = {"slck"};
  const auto needs = stage::external_needs({catalog, config, bundled, installed, core, selection, variables});
  ASSERT_FALSE(needs);
  EXPECT_EQ(needs.error().kind, base::ErrorKind::usage);
  EXPECT_THAT(needs.error().message,
              HasSubstr("--plugin: OpenClaw 2026.5.12 neither bundles a plugin named slck"));
}

TEST(ExplainInstallation, SaysWhatTheRegistryLacks) {
  const auto text = stage::explain_installation(
      "@openclaw/slack@2026.5.12",
      "Package not found on npm: @openclaw/slack@2026.5.12. See https://docs.openclaw.ai\n");
  EXPECT_THAT(text, HasSubstr("the registry has no @openclaw/slack@2026.5.12"));
  EXPECT_THAT(text, HasSubstr("`npm view @openclaw/slack versions`"));
}

TEST(ExplainInstallation, DoesNotCallMissingWhatAPolicyForbids) {
  const auto text = stage::explain_installation(
      "@openclaw/slack@2026.5.12",
      "npm install failed: npm error code ETARGET\nnpm error notarget No matching version found for "
      "@openclaw/slack@2026.5.12 with a date before 1/1/2026, 9:00:00 AM.\n");
  EXPECT_THAT(text, HasSubstr("no version of @openclaw/slack in the requested range is old enough"));
  EXPECT_THAT(text, Not(HasSubstr("the registry has no")));
}

TEST(ExplainInstallation, GivesTheLastWordsOtherwise) {
  EXPECT_THAT(stage::explain_installation("@openclaw/slack@2026.5.12", "Config is read-only\n"),
              HasSubstr("Config is read-only"));
  EXPECT_THAT(stage::explain_installation("@openclaw/slack@2026.5.12", ""), HasSubstr("gave no reason"));
}

}  // namespace
