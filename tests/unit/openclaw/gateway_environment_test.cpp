// SPDX-License-Identifier: MIT
// What OpenClaw adds to its unit's environment by itself (seen with 2026.9.6).
#include "openclaw/gateway_environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "openclaw/effective_config.hpp"
#include "openclaw/gateway_config.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::Environment;
using openclaw::gateway_environment;
using openclaw::GatewayEnvironment;
using openclaw::variable;
using test_support::TemporaryDirectory;
using testing::ElementsAre;
using testing::IsEmpty;

class OfTheGateway : public testing::Test {
 protected:
  OfTheGateway() : unit{{"HOME", home.path()}} {}
  [[nodiscard]] GatewayEnvironment seen() const { return gateway_environment(unit, folder.path()); }
  [[nodiscard]] std::string value(std::string_view name) const { return variable(seen().variables, name); }

  TemporaryDirectory home, folder;
  base::Environment unit;
};

TEST_F(OfTheGateway, VariablesOfTheStatesFileCount) {
  home.write(".openclaw/.env", "DISCORD_BOT_TOKEN=example-token\n");
  EXPECT_EQ(value("DISCORD_BOT_TOKEN"), "example-token");
  EXPECT_THAT(seen().added, ElementsAre("DISCORD_BOT_TOKEN"));
  EXPECT_EQ(value("HOME"), home.path());
}

TEST_F(OfTheGateway, WithoutFilesItIsTheUnits) {
  EXPECT_EQ(seen().variables, unit);
  EXPECT_THAT(seen().added, IsEmpty());
}

// It may say that the state is elsewhere. /proc/self/mem cannot be read at its beginning: EIO.
TEST_F(OfTheGateway, AFileThatTheDiskDoesNotShowIsNotTakenForAbsent) {
  home.mkdir(".config/openclaw");
  home.symlink("/proc/self/mem", ".config/openclaw/gateway.env");
  const auto found = seen();
  ASSERT_TRUE(found.unknown);
  EXPECT_EQ(found.unknown->number, EIO);
}

TEST_F(OfTheGateway, AFileThatIsNotThereIsAnAnswer) {
  EXPECT_FALSE(seen().unknown);
}

TEST_F(OfTheGateway, WhatTheUnitSetsWinsEvenEmpty) {
  home.write(".openclaw/.env", "A=file\nB=file\n");
  unit["A"] = "unit";
  unit["B"] = "";
  EXPECT_EQ(value("A"), "unit");
  EXPECT_EQ(value("B"), "");
  EXPECT_THAT(seen().added, IsEmpty());
}

TEST_F(OfTheGateway, EarlierPlacesWin) {
  folder.write(".env", "A=folder\n");
  home.write(".openclaw/.env", "A=state\nB=state\n");
  home.write(".config/openclaw/gateway.env", "A=home\nB=home\nC=home\n");
  home.write(".openclaw/openclaw.json",
             "{env: {A: 'config', C: 'config', D: 'config', vars: {D: 'v', E: 'v'}}}");
  EXPECT_EQ(value("A"), "folder");
  EXPECT_EQ(value("B"), "state");
  EXPECT_EQ(value("C"), "home");
  EXPECT_EQ(value("D"), "config");
  EXPECT_EQ(value("E"), "v");
}

TEST_F(OfTheGateway, TheWorkingDirectorySteersNothing) {
  folder.write(".env",
               "OPENCLAW_STATE_DIR=/elsewhere\nopenclaw_home=/x\nMATRIX_HOMESERVER=h\nIRC_HOST=h\n"
               "NODE_OPTIONS=x\nHTTPS_PROXY=x\nnpm_config_registry=x\nMATRIX_ACCESS_TOKEN=t\n");
  EXPECT_THAT(seen().added, ElementsAre("MATRIX_ACCESS_TOKEN"));
}

TEST_F(OfTheGateway, TheConfigSetsNeitherProgramsNorReferences) {
  home.write(".openclaw/openclaw.json",
             "{env: {NODE_OPTIONS: '-r x', OPENCLAW_INCLUDE_ROOTS: '/', A: '${B}', B: '$${C}', C: ' ', "
             "shellEnv: {enabled: true}}}");
  EXPECT_THAT(seen().added, ElementsAre("B"));
}

TEST_F(OfTheGateway, TheHomesFileIsOfTheHomesStateOnly) {
  home.write(".config/openclaw/gateway.env", "A=home\n");
  unit["OPENCLAW_STATE_DIR"] = home.path("state");
  EXPECT_EQ(value("A"), "");
  unit["OPENCLAW_STATE_DIR"] = home.path(".openclaw");
  EXPECT_EQ(value("A"), "home");
}

TEST_F(OfTheGateway, TheFileBesideAConfigElsewhereCounts) {
  home.write(".openclaw/.env", "A=state\n");
  home.write("etc/.env", "A=config\nB=config\n");
  unit["OPENCLAW_CONFIG_PATH"] = home.path("etc/openclaw.json");
  EXPECT_EQ(value("A"), "state");
  EXPECT_EQ(value("B"), "config");
}

TEST_F(OfTheGateway, AStateThatIsMovedIsLookedAtInItsPlace) {
  home.write(".openclaw/.env", "OPENCLAW_STATE_DIR=" + home.path("moved") + "\nA=first\nB=first\n");
  home.write("moved/.env", "B=moved\n");
  home.write("moved/openclaw.json", "{env: {C: 'moved'}}");
  EXPECT_THAT(seen().added, ElementsAre("B", "C", "OPENCLAW_STATE_DIR"));
  EXPECT_EQ(value("B"), "moved");
  EXPECT_EQ(seen().locations.state, home.path("moved"));
}

TEST_F(OfTheGateway, TheConfigMayMoveTheStateToo) {
  home.write(".openclaw/openclaw.json",
             "{env: {A: 'first', OPENCLAW_STATE_DIR: '" + home.path("moved") + "'}}");
  home.write("moved/.env", "B=moved\n");
  EXPECT_THAT(seen().added, ElementsAre("B", "OPENCLAW_STATE_DIR"));
}

TEST_F(OfTheGateway, StatesThatNameEachOtherEnd) {
  home.write(".openclaw/.env", "OPENCLAW_CONFIG_PATH=" + home.path("a/openclaw.json") + "\n");
  home.write("a/.env", "OPENCLAW_HOME=" + home.path("b") + "\n");
  home.write("b/.openclaw/.env", "OPENCLAW_STATE_DIR=" + home.path(".openclaw") + "\n");
  EXPECT_THAT(seen().added, ElementsAre("OPENCLAW_CONFIG_PATH", "OPENCLAW_HOME", "OPENCLAW_STATE_DIR"));
}

TEST_F(OfTheGateway, AFileThatIsTooLargeOrNoneAddsNothing) {
  home.write(".openclaw/.env", "A=1\n#" + std::string(1024 * 1024, 'x') + "\n");
  home.mkdir(".config/openclaw/gateway.env");
  EXPECT_THAT(seen().added, IsEmpty());
}

TEST_F(OfTheGateway, ItConfiguresAChannelAndFillsTheConfigIn) {
  home.write(".openclaw/.env", "DISCORD_BOT_TOKEN=example-token\nMINE=irc\n");
  home.write(".openclaw/openclaw.json", "{gateway: {mode: 'local'}, plugins: {deny: ['${MINE}']}}");
  openclaw::BundledPlugin discord;
  discord.id = "discord";
  discord.channels = {"discord"};
  const auto environment = seen();
  const auto config = openclaw::read_gateway_config(environment.locations.config, {}, environment.variables);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->deny, ElementsAre("irc"));
  const auto effective = openclaw::effective_config(*config, {discord}, environment.variables);
  EXPECT_EQ(effective.channels.at("discord"), true);
}

}  // namespace
