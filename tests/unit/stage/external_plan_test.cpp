// SPDX-License-Identifier: MIT
// The plan for plugins that are packages, from observations and earlier attempts, without any file.
#include "stage/external_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using openclaw::PeerLink;
using stage::Action;
using stage::ExternalNeed;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = Action::Kind;

class PlanOfPluginPackages : public testing::Test {
 protected:
  PlanOfPluginPackages() {
    request.environment.locations.state = "/state";
    seen.core_path = "/core";
  }

  void lacks(const std::string& id) {
    ExternalNeed need;
    need.id = id;
    need.package = "@openclaw/" + id;
    need.target_version = "2026.5.12";
    need.state = ExternalNeed::State::missing;
    need.wanted = true;
    seen.needs.push_back(std::move(need));
  }
  void has(const std::string& id, PeerLink link, const std::string& version = "2026.5.12") {
    ExternalNeed need;
    need.id = id;
    need.package = "@openclaw/" + id;
    need.version = version;
    need.target_version = "2026.5.12";
    need.wanted = true;
    seen.needs.push_back(std::move(need));
    openclaw::InstalledPlugin plugin;
    plugin.id = id;
    plugin.path = "npm/node_modules/@openclaw/" + id;
    plugin.peer_link = link;
    seen.installed.push_back(std::move(plugin));
  }
  [[nodiscard]] std::vector<Action> plan() const { return stage::plan_external(request, seen, tried); }
  [[nodiscard]] std::vector<std::pair<Kind, std::string>> kinds() const {
    std::vector<std::pair<Kind, std::string>> all;
    for (const auto& action : plan()) all.emplace_back(action.kind, action.subject);
    return all;
  }

  stage::Request request;
  stage::ExternalObservation seen;
  stage::ExternalTried tried;
};

const std::string slack_path = "npm/node_modules/@openclaw/slack";

TEST_F(PlanOfPluginPackages, IsEmptyWhereAllIsRight) {
  has("slack", PeerLink::right);
  has("line", PeerLink::not_declared);
  has("zalo", PeerLink::obstructed);  // only an operator can tell what it is
  EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(PlanOfPluginPackages, MendsLinksBeforeItInstalls) {
  lacks("line");
  has("slack", PeerLink::dangling);
  EXPECT_THAT(kinds(),
              ElementsAre(std::pair(Kind::mend_link, slack_path), std::pair(Kind::install_plugin, "line")));
}

TEST_F(PlanOfPluginPackages, ProposesWhereALinkWouldLead) {
  has("slack", PeerLink::absent);
  const auto actions = plan();
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(actions[0].target, "/core");
  ASSERT_EQ(actions[0].proposals.size(), 1U);
  EXPECT_FALSE(actions[0].proposals[0].mended);
  EXPECT_EQ(actions[0].proposals[0].subject, "/state/" + slack_path + "/node_modules/openclaw");
  EXPECT_EQ(actions[0].proposals[0].message,
            "the plugin had no link to OpenClaw; would be changed to point to /core");
}

TEST_F(PlanOfPluginPackages, LinksWhatTheInstallerHasMadeLast) {
  lacks("line");
  has("slack", PeerLink::absent);
  tried.installer_ran = true;
  EXPECT_THAT(kinds(),
              ElementsAre(std::pair(Kind::install_plugin, "line"), std::pair(Kind::mend_link, slack_path)));
}

TEST_F(PlanOfPluginPackages, TriesNothingTwice) {
  lacks("line");
  has("slack", PeerLink::absent, "2026.5.7");
  request.thorough = true;
  tried.installs = {"line"};
  tried.updates = {"slack"};
  tried.links = {slack_path};
  EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(PlanOfPluginPackages, LeavesWhatFailedAShortWhileAgo) {
  lacks("line");
  lacks("slack");
  seen.heeded["line"] = "the registry is away";
  EXPECT_THAT(kinds(), ElementsAre(std::pair(Kind::install_plugin, "slack")));
}

TEST_F(PlanOfPluginPackages, FetchesNothingOfflineAndSaysWhy) {
  lacks("line");
  has("slack", PeerLink::right, "2026.5.7");
  request.offline = request.thorough = true;
  EXPECT_THAT(kinds(),
              ElementsAre(std::pair(Kind::leave_plugin, "line"), std::pair(Kind::leave_update, "slack")));
  EXPECT_EQ(plan()[0].reason, "@openclaw/line@2026.5.12: not installed, and --offline forbids downloads");
}

TEST_F(PlanOfPluginPackages, WaitsForADeadNetworkOnce) {
  lacks("line");
  tried.give_up = "not tried after the failure of @openclaw/slack@2026.5.12";
  EXPECT_THAT(kinds(), ElementsAre(std::pair(Kind::leave_plugin, "line")));
  EXPECT_THAT(plan()[0].reason, HasSubstr("@openclaw/line@2026.5.12: not tried after the failure of"));
}

TEST_F(PlanOfPluginPackages, UpdatesAnotherVersionOnlyWhenItIsToRepair) {
  has("slack", PeerLink::right, "2026.5.7");
  EXPECT_THAT(plan(), IsEmpty());
  request.thorough = true;
  EXPECT_THAT(kinds(), ElementsAre(std::pair(Kind::update_plugin, "slack")));
}

TEST_F(PlanOfPluginPackages, BeginsWithWhatAnUpdateThatDiedHasLeft) {
  lacks("line");
  seen.former_kept = true;
  EXPECT_THAT(kinds(), ElementsAre(std::pair(Kind::recover_update, "/state/npm")));
  request.check = true;
  EXPECT_THAT(kinds(), ElementsAre(std::pair(Kind::recover_update, "/state/npm"),
                                   std::pair(Kind::install_plugin, "line")));
  request.check = false;
  tried.recovered = true;
  EXPECT_THAT(kinds(), ElementsAre(std::pair(Kind::install_plugin, "line")));
}

TEST_F(PlanOfPluginPackages, PutsTheFormerTreeBackOnlyWhereTheUpdateDidNotCome) {
  has("slack", PeerLink::right, "2026.5.7");
  seen.former_kept = true;
  tried.updates = {"slack"};
  tried.updating = "slack";
  EXPECT_THAT(kinds(), ElementsAre(std::pair(Kind::restore_former, "slack")));
  seen.needs[0].version = "2026.5.12";
  EXPECT_THAT(kinds(), ElementsAre(std::pair(Kind::discard_former, "slack")));
  seen.needs[0].state = ExternalNeed::State::unloadable;
  EXPECT_THAT(kinds(), ElementsAre(std::pair(Kind::restore_former, "slack")));
}

}  // namespace
