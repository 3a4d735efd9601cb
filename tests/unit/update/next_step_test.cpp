// SPDX-License-Identifier: MIT
// The next step that a refusal names is taken, and then the update succeeds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/settings.hpp"
#include "update/standing.hpp"
#include "update/support/scene.hpp"
#include "update/updater.hpp"

namespace {

using testing::HasSubstr;
using update_tests::gateway;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

class NextStep : public testing::Test {
 protected:
  void expect_refused(const char* next_step) {
    EXPECT_EQ(scene_.update(), "refused");
    EXPECT_THAT(scene_.context.reason, HasSubstr(next_step));
  }
  void expect_updated(bool force = false) {
    EXPECT_EQ(scene_.update("latest", force), "updated") << scene_.context.reason;
    EXPECT_EQ(scene_.current(), new_version);
  }
  // As an administrator would write it.
  void set(const std::string& section, const std::string& line) {
    auto settings = config::load(scene_.root.write("helpers.ini", "[" + section + "]\n" + line + "\n"));
    ASSERT_TRUE(settings) << settings.error().message;
    scene_.settings = std::move(*settings);
  }

  Scene scene_;
};

TEST_F(NextStep, OfAHoldIsToEndIt) {
  ASSERT_TRUE(update::set_hold(scene_.state_fd(), {"holidays"}));
  expect_refused("openclaw-update unhold, or --force");
  ASSERT_TRUE(update::remove_hold(scene_.state_fd()));
  expect_updated();
}

TEST_F(NextStep, OfAHoldIsForceToo) {
  ASSERT_TRUE(update::set_hold(scene_.state_fd(), {"holidays"}));
  expect_refused("--force");
  expect_updated(true);
}

TEST_F(NextStep, OfAQuarantineIsForce) {
  ASSERT_TRUE(update::quarantine(scene_.state_fd(), new_version, "it died"));
  expect_refused("--force installs it again");
  expect_updated(true);
}

TEST_F(NextStep, OfADowngradeIsARollbackToWhatRanHere) {
  expect_updated();
  scene_.workers.answer("openclaw-fetch resolve", {{"version", old_version}, {"integrity", "sha512-old"}});
  expect_refused("openclaw-update rollback returns to a release that ran on this host");
  EXPECT_EQ(scene_.return_to(old_version), "updated") << scene_.context.reason;
  EXPECT_EQ(scene_.current(), old_version);
}

TEST_F(NextStep, OfAUnitThatStartsAnotherOpenClawIsToAdoptIt) {
  auto& definition = scene_.manager.unit(gateway).definition;
  definition.exec_start = {"/usr/bin/node", "/usr/lib/node_modules/openclaw/dist/index.js", "gateway"};
  expect_refused("openclaw-update adopt");
  // As adopt writes it into ExecStart=.
  definition.exec_start[1] = scene_.state_path() + "/current/dist/index.js";
  expect_updated();
}

TEST_F(NextStep, OfAMaskedUnitIsToUnmaskIt) {
  auto& status = scene_.manager.unit(gateway).status;
  status.load_state = "masked";
  expect_refused("systemctl unmask openclaw-gateway.service");
  status.load_state = "loaded";
  expect_updated();
}

TEST_F(NextStep, OfAFaultyUnitIsToFindTheFault) {
  scene_.manager.unit(gateway).status.load_state = "bad-setting";
  expect_refused("systemd-analyze verify openclaw-gateway.service");
}

TEST_F(NextStep, OfAnAbsentUnitIsToNameIt) {
  scene_.manager.unit(gateway).status.load_state = "not-found";
  expect_refused("unit= in [gateway]");
}

TEST_F(NextStep, OfNoRoomIsToMakeSome) {
  const fs::Space enough = scene_.space;
  scene_.space = {1000, 10};
  expect_refused("openclaw-update prune");
  scene_.space = enough;
  expect_updated();
}

TEST_F(NextStep, OfACanaryThatFailsMayBeToGoWithout) {
  scene_.canary = {{"ready", false}, {"reason", "it did not come up"}};
  expect_refused("boot=no in [canary]");
  set("canary", "boot = no");
  expect_updated();
}

}  // namespace
