// SPDX-License-Identifier: MIT
// What is granted for an update request of the gateway.
#include "update/gateway_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "update/support/fake_workers.hpp"

namespace {

using base::ErrorKind;
using config::RequestPolicy;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

base::Result<update::GrantedRequest> judge(RequestPolicy policy, const std::string& wanted) {
  config::UpdateSettings settings;
  settings.requests = policy;
  settings.channel = "beta";
  return update::judge_gateway_request(wanted, settings, "/etc/openclaw/helpers.ini");
}

TEST(AGatewaysRequest, IsRefusedUnlessTheSettingsAllowIt) {
  const auto granted = judge(RequestPolicy::refuse, "2026.9.6");
  ASSERT_FALSE(granted);
  EXPECT_EQ(granted.error().kind, ErrorKind::refused);
  EXPECT_THAT(granted.error().message,
              AllOf(HasSubstr("requests=refuse in [update] of /etc/openclaw/helpers.ini"),
                    HasSubstr("systemctl disable --now openclaw-update-request.path")));
}

TEST(AGatewaysRequest, IsOneOfTheGatewayAndForcesNothing) {
  const auto granted = judge(RequestPolicy::version, "2026.9.6");
  ASSERT_TRUE(granted) << granted.error().message;
  EXPECT_EQ(granted->intent.origin, update::Origin::gateway);
  EXPECT_EQ(granted->intent.requested_by, "the gateway");
  EXPECT_EQ(granted->intent.wanted, "2026.9.6");
  EXPECT_EQ(granted->intent.to_release, "");
  EXPECT_FALSE(granted->intent.force);
  EXPECT_EQ(granted->note, "");
}

TEST(AGatewaysRequest, ForAVersionGetsWhatTheChannelHasWhereNoMoreIsAllowed) {
  const auto granted = judge(RequestPolicy::channel, "2026.9.6");
  ASSERT_TRUE(granted) << granted.error().message;
  EXPECT_EQ(granted->intent.wanted, "");
  EXPECT_THAT(granted->note, AllOf(HasSubstr("2026.9.6"), HasSubstr("the channel beta")));
}

TEST(AGatewaysRequest, ForNoVersionIsOneForTheChannel) {
  for (const auto policy : {RequestPolicy::channel, RequestPolicy::version}) {
    const auto granted = judge(policy, "");
    ASSERT_TRUE(granted) << granted.error().message;
    EXPECT_EQ(granted->intent.wanted, "");
    EXPECT_EQ(granted->note, "");
  }
}

TEST(AGatewaysRequest, NamesAVersionAndNothingElse) {
  for (const std::string wanted : {"latest", "../../hold", "2026.9.6 --force", "2026.9.6\n", "--force"}) {
    const auto granted = judge(RequestPolicy::version, wanted);
    ASSERT_FALSE(granted) << wanted;
    EXPECT_EQ(granted.error().kind, ErrorKind::integrity) << wanted;
  }
}

TEST(AGatewaysRequest, IsQuotedShortAndWithoutControlCharacters) {
  const auto granted = judge(RequestPolicy::version, "\x1b[2J" + std::string(5000, 'x'));
  ASSERT_FALSE(granted);
  EXPECT_THAT(granted.error().message, Not(HasSubstr("\x1b")));
  EXPECT_LT(granted.error().message.size(), 200u);
}

base::Result<update::GrantedRequest> take(const nlohmann::json& answer) {
  std::vector<std::string> calls;
  update_tests::FakeWorkers workers(calls);
  workers.answer("openclaw-state request", answer);
  config::Settings settings;
  settings.update.requests = RequestPolicy::version;
  settings.gateway.state_directory = "/var/lib/claw";
  auto granted =
      update::take_gateway_request(workers, settings, "/etc/openclaw/helpers.ini", update::new_task_id(0));
  EXPECT_EQ(workers.requests["openclaw-state request"]["state_directory"], "/var/lib/claw");
  return granted;
}

TEST(AGatewaysRequest, IsReadByAWorkerOfItsAccountAndJudged) {
  const auto granted = take({{"wanted", "2026.9.6"}});
  ASSERT_TRUE(granted) << granted.error().message;
  EXPECT_EQ(granted->intent.wanted, "2026.9.6");
  EXPECT_FALSE(take({{"wanted", "latest"}}));
}

// The worker runs as the gateway's user, so a result of the wrong type is ignored.
TEST(AGatewaysRequest, OfWhichTheWorkerSaysNoVersionIsOneForTheChannel) {
  for (const auto& answer : {nlohmann::json::object(), nlohmann::json{{"wanted", 9}}}) {
    const auto granted = take(answer);
    ASSERT_TRUE(granted) << granted.error().message;
    EXPECT_EQ(granted->intent.wanted, "");
  }
}

TEST(AGatewaysRequest, ThatCannotBeReadIsNone) {
  std::vector<std::string> calls;
  update_tests::FakeWorkers workers(calls);
  workers.fail("openclaw-state request", "no such unit");
  const auto granted =
      update::take_gateway_request(workers, {}, "/etc/openclaw/helpers.ini", update::new_task_id(0));
  ASSERT_FALSE(granted);
  EXPECT_THAT(granted.error().message, HasSubstr("no such unit"));
}

}  // namespace
