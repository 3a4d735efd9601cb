// SPDX-License-Identifier: MIT
// Gateways in user units are found by what the kernel reports about their processes.
#include "update/adoption/user_gateways.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"

namespace {

class UserGateways : public testing::Test {
 protected:
  void runs(int pid, const std::string& group) {
    host_.write("proc/" + std::to_string(pid) + "/cgroup", "0::" + group + "\n");
  }
  std::string found() const { return shown(update::find_user_gateways(host_.path("proc"))); }

  test_support::TemporaryDirectory host_;
  const std::string of_nobody_ = "/user.slice/user-4242.slice/user@4242.service/app.slice/";
};

TEST_F(UserGateways, AreToldWithTheCommandThatMovesThem) {
  runs(313, of_nobody_ + "openclaw-gateway.service");
  runs(314, of_nobody_ + "openclaw-gateway.service/agent");
  EXPECT_EQ(
      found(),
      "the user unit openclaw-gateway.service of 4242 runs (openclaw-update adopt --from-user 4242 moves it "
      "to a system unit; as 4242, openclaw-update --user adopt keeps it as a user unit)");
}

TEST_F(UserGateways, OfAProfileAreToldWithIt) {
  runs(313, of_nobody_ + "openclaw-gateway-work.service");
  EXPECT_THAT(found(), testing::HasSubstr("adopt --from-user 4242 --profile work moves"));
  EXPECT_THAT(found(), testing::HasSubstr("--user adopt openclaw-gateway-work.service --gateway work keeps"));
}

TEST_F(UserGateways, AreNoUnitsOfTheSystemAndNoOtherUnitsOfUsers) {
  runs(1, "/init.scope");
  runs(313, "/system.slice/openclaw-gateway.service");
  runs(314, of_nobody_ + "openclaw-node.service");
  runs(315, of_nobody_ + "openclaw-gatewayd.service");
  runs(316, of_nobody_ + "openclaw-gateway-; reboot.service");
  runs(317, "/user.slice/user-4242.slice/session-3.scope");
  EXPECT_EQ(found(), "");
}

}  // namespace
