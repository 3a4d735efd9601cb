// SPDX-License-Identifier: MIT
// Reports about a gateway's state: broken links of plugins, and automatic updates.
#include "update/state_look.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temporary_directory.hpp"

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using update::StateLook;
using update::VariablesOfUnit;

constexpr const char* unit = "claw.service";

class StateLooks : public testing::Test {
 protected:
  StateLooks() {
    ::chmod(root_.path().c_str(), 0755);
    release_ = package("releases/2026.9.6-abc");
    root_.symlink("releases/2026.9.6-abc", "current");
    definition_.user = std::to_string(::geteuid());
    definition_.locations = {{"HOME", root_.path("home")}};
  }
  std::string package(const std::string& folder, const std::string& version = "2026.9.6") {
    root_.write(folder + "/package.json", R"({"name":"openclaw","version":")" + version + R"("})");
    return root_.path(folder);
  }
  // A plugin of 2026.5.28 and later with this link to the core.
  void plugin(const std::string& id, const std::string& link) {
    const std::string root = "home/.openclaw/npm/projects/" + id + "/";
    const std::string folder = root + "node_modules/" + id + "/";
    root_.write(root + "package.json", R"({"dependencies":{")" + id + R"(":"2026.9.6"}})");
    root_.write(folder + "package.json",
                R"({"name":")" + id +
                    R"(","version":"2026.9.6",)"
                    R"("openclaw":{"extensions":["./index.js"]},"peerDependencies":{"openclaw":"*"}})");
    root_.write(folder + "openclaw.plugin.json", R"({"id":")" + id + R"("})");
    root_.symlink(link, folder + "node_modules/openclaw");
  }
  void config(const std::string& text) { root_.write("home/.openclaw/openclaw.json", text); }
  StateLook look() {
    const auto seen = update::look_into_state(definition_, 0, root_.path("current"));
    EXPECT_TRUE(seen) << seen.error().message;
    return seen.value_or(StateLook());
  }

  test_support::TemporaryDirectory root_;
  bus::ServiceDefinition definition_;
  std::string release_;
};

TEST_F(StateLooks, NameALinkIntoATreeOfNvmThatIsGone) {
  const std::string gone = root_.path("home/.nvm/versions/node/v22.1.0/lib/node_modules/openclaw");
  plugin("slack", gone);
  const auto links = look().links;
  ASSERT_EQ(links.size(), 1U);
  EXPECT_EQ(links[0].plugin, "slack");
  EXPECT_EQ(links[0].path,
            root_.path("home/.openclaw/npm/projects/slack/node_modules/slack/node_modules/openclaw"));
  EXPECT_EQ(links[0].fault, "points to " + gone + ", which does not exist");
}

TEST_F(StateLooks, NameALinkIntoATreeOfNvmThatIsStillThere) {
  plugin("slack", package("home/.nvm/versions/node/v22.1.0/lib/node_modules/openclaw"));
  const auto links = look().links;
  ASSERT_EQ(links.size(), 1U);
  EXPECT_THAT(links[0].fault, HasSubstr("points to another OpenClaw"));
}

TEST_F(StateLooks, AreSilentAboutLinksIntoTheRelease) {
  plugin("slack", release_);
  plugin("matrix", root_.path("current"));
  EXPECT_THAT(look().links, IsEmpty());
}

TEST_F(StateLooks, AreOfTheUserAlone) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  plugin("slack", "/nowhere");
  config(R"({update:{auto:{enabled:true}}})");
  ::chmod(root_.path("home").c_str(), 0700);
  definition_.user = "nobody";
  const StateLook seen = look();
  EXPECT_THAT(seen.links, IsEmpty()) << "what root reads for them, they could not have read";
  EXPECT_FALSE(seen.auto_update);
}

TEST_F(StateLooks, OfAUserWhoIsNotThereFail) {
  definition_.user = "no-such-user";
  EXPECT_FALSE(update::look_into_state(definition_, 0, root_.path("current")));
}

TEST_F(StateLooks, SeeWhatTheConfigAndItsEnvironmentSayOfUpdates) {
  EXPECT_FALSE(look().auto_update);
  config(R"({update:{auto:{enabled:true}}})");
  EXPECT_TRUE(look().auto_update);
  EXPECT_EQ(look().config, root_.path("home/.openclaw/openclaw.json"));
  EXPECT_EQ(look().auto_update_off, "");
  root_.write("home/.openclaw/.env", "OPENCLAW_NO_AUTO_UPDATE=1\n");
  EXPECT_EQ(look().auto_update_off, "OPENCLAW_NO_AUTO_UPDATE");
}

// --- the messages

StateLook updating(const char* version = "2026.9.6") {
  StateLook look;
  look.version = version;
  look.config = "/home/claw/.openclaw/openclaw.json";
  look.auto_update = true;
  return look;
}

TEST(AutomaticUpdates, ThatTheUnitNoLongerSwitchesOffAreWarnedOf) {
  const VariablesOfUnit lost{{"HOME"}, {"HOME"}};
  EXPECT_THAT(
      update::warning_of_auto_update(updating(), unit, lost),
      AllOf(HasSubstr("update.auto.enabled is on in /home/claw/.openclaw/openclaw.json"),
            HasSubstr("Environment=OPENCLAW_NO_AUTO_UPDATE=1"), HasSubstr("systemctl edit claw.service")));
}

TEST(AutomaticUpdates, OfAProcessFromBeforeAreWarnedOf) {
  const VariablesOfUnit set{{"OPENCLAW_NO_AUTO_UPDATE"}, {"HOME"}};
  EXPECT_THAT(update::warning_of_auto_update(updating(), unit, set),
              HasSubstr("systemctl restart claw.service"));
}

TEST(AutomaticUpdates, ThatAreSwitchedOffAreNothingToSay) {
  const VariablesOfUnit set{{"OPENCLAW_NO_AUTO_UPDATE"}, {"OPENCLAW_NO_AUTO_UPDATE"}};
  EXPECT_EQ(update::warning_of_auto_update(updating(), unit, set), "");
  const VariablesOfUnit stopped{{"OPENCLAW_SUPERVISOR_MODE"}, {}};
  EXPECT_EQ(update::warning_of_auto_update(updating(), unit, stopped), "");
  StateLook off = updating();
  off.auto_update_off = "OPENCLAW_NO_AUTO_UPDATE";
  EXPECT_EQ(update::warning_of_auto_update(off, unit, {}), "") << "its own .env does it";
  off = updating();
  off.auto_update = false;
  EXPECT_EQ(update::warning_of_auto_update(off, unit, {}), "");
}

TEST(AutomaticUpdates, OfAVersionThatHeedsNoVariableAreEndedByTheConfig) {
  const VariablesOfUnit set{{"OPENCLAW_NO_AUTO_UPDATE"}, {}};
  constexpr const char* way = "openclaw config set update.auto.enabled false";
  EXPECT_THAT(update::warning_of_auto_update(updating("2026.4.20"), unit, set), HasSubstr(way));
  EXPECT_THAT(update::note_of_auto_update(updating("2026.4.20"), unit, {}), HasSubstr(way));
}

TEST(AutomaticUpdates, AreANoteOfAnAdoptionThatSwitchesThemOff) {
  EXPECT_THAT(update::note_of_auto_update(updating(), unit, {}),
              AllOf(HasSubstr("the drop-in sets OPENCLAW_NO_AUTO_UPDATE=1"), HasSubstr("next start")));
  EXPECT_EQ(update::note_of_auto_update(updating(), unit, {{"OPENCLAW_NO_AUTO_UPDATE"}, {}}), "")
      << "the unit does so already";
}

// --- the next step for links

TEST(ALinkThatLeadsAstray, IsMendedByARestartWhereTheUnitHasTheHook) {
  EXPECT_EQ(update::way_to_mend_links(unit, {}, "", true), "systemctl restart claw.service repairs it");
}

TEST(ALinkThatLeadsAstray, IsMendedByACommandOfTheGatewaysUserElse) {
  bus::ServiceDefinition definition;
  definition.user = "claw";
  definition.locations = {{"HOME", "/home/claw"}};
  EXPECT_EQ(update::way_to_mend_links(unit, definition, "work", false),
            "runuser -u claw -- env HOME=/home/claw openclaw-install-deps --gateway work mends it, then "
            "systemctl restart claw.service");
}

TEST(ALinkThatLeadsAstray, IsMendedByTheHookThatADropInAdds) {
  const test_support::TemporaryDirectory files;
  bus::ServiceStatus status;
  status.fragment_path = files.write("claw.service", "[Service]\nExecStartPre=/usr/bin/true\n");
  EXPECT_FALSE(update::has_hook(status));
  status.drop_in_paths = {files.write("50-stage-deps.conf",
                                      "[Service]\nExecStartPre=/usr/libexec/openclaw/openclaw-stage-deps\n")};
  EXPECT_TRUE(update::has_hook(status));
}

}  // namespace
