// SPDX-License-Identifier: MIT
// Whose gateways are meant: where everything is of a user's own, and what of the site's settings holds for
// them.
#include "config/scope.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/gateways.hpp"
#include "support/temporary_directory.hpp"

namespace {

using config::Scope;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(ScopeOfAUser, IsInTheirHomeAndTheirRuntimeFolder) {
  const Scope scope = config::scope_of_user(1000, "/home/claw", {});
  EXPECT_EQ(scope.updater, "/home/claw/.local/state/openclaw-update");
  EXPECT_EQ(scope.unit_files, "/home/claw/.config/systemd/user");
  EXPECT_EQ(scope.settings.path, "/home/claw/.config/openclaw-helpers/helpers.ini");
  EXPECT_EQ(scope.settings.state_directory, "/home/claw/.local/state/openclaw");
  EXPECT_EQ(scope.fetched, "/home/claw/.cache/openclaw-fetch");
  EXPECT_EQ(scope.manager, "/run/user/1000");
  EXPECT_EQ(scope.requests, "/run/user/1000/openclaw-update/requests");
  EXPECT_EQ(scope.results, "/run/user/1000/openclaw-workers");
}

TEST(ScopeOfAUser, IsWhereTheirServiceManagerHasItsFolders) {
  const Scope scope = config::scope_of_user(
      1000, "/home/claw", {{"XDG_STATE_HOME", "/srv/state"}, {"XDG_CONFIG_HOME", "/srv/config"}});
  EXPECT_EQ(scope.updater, "/srv/state/openclaw-update");
  EXPECT_EQ(scope.unit_files, "/srv/config/systemd/user");
}

TEST(ScopeOfAUser, TakesNoFolderThatIsNotAbsolute) {
  const Scope scope = config::scope_of_user(1000, "/home/claw", {{"XDG_STATE_HOME", "state"}});
  EXPECT_EQ(scope.updater, "/home/claw/.local/state/openclaw-update");
}

TEST(ScopeOfAUnit, IsTheSystemsUnlessTheUnitSaysThatItIsAUsers) {
  EXPECT_FALSE(config::scope_of_unit({}).is_user);
  EXPECT_FALSE(config::scope_of_unit({{config::scope_variable, "system"}}).is_user);
  EXPECT_TRUE(config::scope_of_unit({{config::scope_variable, "user"}}).is_user);
  EXPECT_EQ(config::scope_of_unit({}).updater, "/var/lib/openclaw-update");
}

class SettingsOfAUser : public testing::Test {
 protected:
  SettingsOfAUser() : files_(folder_.path("home/helpers.ini")) {
    files_.site = folder_.path("etc/helpers.ini");
    files_.state_directory = "/home/claw/.local/state/openclaw";
  }
  config::Settings settings() {
    const auto loaded = config::load_gateway(files_, "");
    if (!loaded) ADD_FAILURE() << loaded.error().message;
    return loaded.value_or(config::Settings{});
  }
  test_support::TemporaryDirectory folder_;
  config::SettingsFiles files_;
};

TEST_F(SettingsOfAUser, AreTheSitesWhereTheirOwnSayNothing) {
  folder_.write("etc/helpers.ini", "[update]\nkeep = 7\nchannel = beta\n");
  folder_.write("home/helpers.ini", "[update]\nchannel = latest\n");
  EXPECT_EQ(settings().update.keep, 7u);
  EXPECT_EQ(settings().update.channel, "latest");
}

TEST_F(SettingsOfAUser, HaveNothingOfTheSystemsOwnGateway) {
  folder_.write("etc/helpers.ini", "");
  folder_.write("etc/helpers.ini.d/50-adopted.ini",
                "[gateway]\nunit = claw.service\nport = 1\nstate-directory = /srv/claw\nnode = /opt/node\n");
  EXPECT_EQ(settings().gateway.unit, "openclaw-gateway.service");
  EXPECT_EQ(settings().gateway.port, 18789u);
  EXPECT_EQ(settings().gateway.node, "");
  EXPECT_EQ(settings().gateway.state_directory, "/home/claw/.local/state/openclaw");
}

TEST_F(SettingsOfAUser, RememberWhichFilesAreWhose) {
  const std::string site = folder_.write("etc/helpers.ini", ""), own = folder_.write("home/helpers.ini", "");
  EXPECT_THAT(settings().site_files, ElementsAre(site));
  EXPECT_THAT(settings().files, ElementsAre(own));
}

TEST_F(SettingsOfAUser, NameTheReleaseThatIsCurrentWhereTheyNameNoPackage) {
  config::Scope scope = config::scope_of_user(1000, "/home/claw", {});
  scope.settings = files_;
  scope.updater = folder_.path("state");
  EXPECT_EQ(config::load_settings(scope, "")->gateway.package_root, "") << "there is none yet";
  folder_.mkdir("state/releases/one");
  folder_.symlink("releases/one", "state/current");
  EXPECT_EQ(config::load_settings(scope, "")->gateway.package_root, folder_.path("state/current"));
  folder_.write("home/helpers.ini", "[gateway]\npackage-root = /opt/openclaw\n");
  EXPECT_EQ(config::load_settings(scope, "")->gateway.package_root, "/opt/openclaw");
}

TEST_F(SettingsOfAUser, AreAnErrorForAMistakeOfTheSites) {
  const std::string site = folder_.write("etc/helpers.ini", "[gatewya]\nport = 1\n");
  const auto loaded = config::load_gateway(files_, "");
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr(site));
}

}  // namespace
