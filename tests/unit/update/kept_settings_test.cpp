// SPDX-License-Identifier: MIT
#include "update/kept_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "update/support/scene.hpp"

namespace {

using update_tests::Scene;

class KeptSettings : public testing::Test {
 protected:
  // An update that was killed after it had stopped the gateway.
  void die_with(std::vector<std::string> files) {
    scene_.settings.files = std::move(files);
    ASSERT_TRUE(scene_.update_until_killed_in("promote"));
  }
  Scene scene_;
};

TEST_F(KeptSettings, AreThoseThatTheOpenUpdateBeganWithInTheirOrder) {
  const std::string main = scene_.root.write("helpers.ini", "[gateway]\nport = 1111\nunit = a.service\n");
  const std::string drop_in = scene_.root.write("helpers.ini.d/50-port.ini", "[gateway]\nport = 2222\n");
  die_with({main, drop_in});
  scene_.root.write("helpers.ini", "[gatewya]\n");
  const auto kept = update::settings_of_open_update(update::places_of(scene_.state_path(), ""));
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kept->gateway.port, 2222u);
  EXPECT_EQ(kept->gateway.unit, "a.service");
}

TEST_F(KeptSettings, AreTheDefaultsWhereTheUpdateBeganWithoutAFile) {
  die_with({});
  const auto kept = update::settings_of_open_update(update::places_of(scene_.state_path(), ""));
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kept->gateway.port, config::GatewaySettings{}.port);
}

TEST_F(KeptSettings, AreNotFoundWhereNoUpdateIsOpen) {
  ASSERT_EQ(scene_.update(), "updated");
  const auto kept = update::settings_of_open_update(update::places_of(scene_.state_path(), ""));
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().kind, base::ErrorKind::not_found);
}

TEST_F(KeptSettings, ThatCannotBeKeptLeaveNoUpdateOpen) {
  scene_.settings.files = {scene_.root.path("gone.ini")};
  EXPECT_THAT(scene_.update(), testing::HasSubstr("gone.ini"));
  EXPECT_FALSE(scene_.is_open());
}

TEST_F(KeptSettings, OfAUsersOwnLieOverTheSitesAsTheyDid) {
  scene_.settings.site_files = {
      scene_.root.write("site.ini", "[update]\nkeep = 7\n[gateway]\nport = 3333\n")};
  die_with({scene_.root.write("own.ini", "[gateway]\nunit = own.service\n")});
  config::Scope scope = config::scope_of_user(1000, "/home/claw", {});
  scope.updater = scene_.state_path();
  const auto kept = update::settings_of_open_update(update::places_of(scope, ""));
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kept->update.keep, 7u);
  EXPECT_EQ(kept->gateway.unit, "own.service");
  EXPECT_EQ(kept->gateway.port, config::GatewaySettings{}.port) << "the site's gateway is another one";
  EXPECT_EQ(kept->gateway.state_directory, "/home/claw/.local/state/openclaw");
}

}  // namespace
