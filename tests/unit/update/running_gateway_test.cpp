// SPDX-License-Identifier: MIT
// What must be known of the running gateway before anything is changed. For each refusal, the most similar
// acceptable case passes.
#include "update/running_gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "update/support/scene.hpp"

namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using update_tests::json;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

class TheRunningGateway : public testing::Test {
 protected:
  void find(const json& answer) { scene_.workers.answer("openclaw-probe find", answer); }
  void owner(const json& answer) { scene_.workers.answer("openclaw-state owner", answer); }
  void refuse_owner(const std::string& message) {
    scene_.workers.answers["openclaw-state owner"] = [message](const json&, const update::Watching&) {
      return base::fail(base::ErrorKind::refused, message);
    };
  }
  [[nodiscard]] bool was_touched() const {
    return scene_.called("openclaw-fetch fetch") || scene_.current() != old_version ||
           scene_.running_version != old_version;
  }

  Scene scene_;
};

constexpr const char* unseen = "none of the ports that its unit listens on (19505) answers as a gateway";

TEST_F(TheRunningGateway, ThatCannotBeSeenToServeIsNotStopped) {
  find({{"running", true}, {"found", false}, {"port", 18789}, {"detail", unseen}});
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_FALSE(was_touched());
  EXPECT_THAT(scene_.context.reason, HasSubstr("runs, but cannot be seen to serve: " + std::string(unseen)));
  EXPECT_THAT(scene_.context.reason, HasSubstr("systemctl restart openclaw-gateway.service"));
}

TEST_F(TheRunningGateway, WithANetworkOfItsOwnIsSaidToHaveOne) {
  scene_.manager.unit(update_tests::gateway).status.own_network = true;
  find({{"running", true}, {"found", false}, {"port", 18789}, {"detail", "its unit listens on no TCP port"}});
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_THAT(scene_.context.reason, HasSubstr("its unit listens on no TCP port, and it has "
                                               "its own network (PrivateNetwork=)"));
}

TEST_F(TheRunningGateway, ThatCannotBeAskedIsNotStopped) {
  scene_.workers.fail("openclaw-probe find", "openclaw-probe@.service could not be started");
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_FALSE(was_touched());
  EXPECT_THAT(scene_.context.reason, HasSubstr("openclaw-probe@.service could not be started"));
}

TEST_F(TheRunningGateway, ThatCannotBeSeenIsUpdatedWhereThatIsForced) {
  find({{"running", true}, {"found", false}, {"port", 18789}, {"detail", unseen}});
  EXPECT_EQ(scene_.update("latest", /*force=*/true), "updated");
  EXPECT_THAT(scene_.context.notes, Contains(HasSubstr("cannot be seen to serve")));
}

TEST_F(TheRunningGateway, ThatEndedMeanwhileMayBeHealedByAnUpdate) {
  scene_.workers.answers["openclaw-probe find"] = [this](const json&, const update::Watching&) {
    auto& unit = scene_.manager.unit(update_tests::gateway);
    unit.status.active_state = "activating";
    unit.status.sub_state = "auto-restart";
    unit.status.main_pid = 0;
    return json{{"running", false}, {"found", false}, {"port", 18789}, {"detail", "not reachable"}};
  };
  owner({{"state", "/x"}, {"shown_by", ""}});
  EXPECT_NE(scene_.update(), "refused");
}

TEST_F(TheRunningGateway, IsAskedWhereItWasFound) {
  find({{"running", true}, {"found", true}, {"port", 19501}, {"url", "https://127.0.0.1:19501"}});
  ASSERT_EQ(scene_.update(), "updated");
  for (const char* worker : {"openclaw-probe baseline", "openclaw-probe gate", "openclaw-canary boot"}) {
    EXPECT_EQ(scene_.workers.requests[worker]["port"], 19501) << worker;
  }
}

TEST_F(TheRunningGateway, HasATimeToStartBeforeItIsMissed) {
  scene_.settings.update.ready_timeout = std::chrono::seconds(240);
  scene_.manager.now += std::chrono::seconds(40);
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_EQ(scene_.workers.requests["openclaw-probe find"]["deadline_s"], 200);
}

TEST_F(TheRunningGateway, ThatIsUpForLongIsMissedSoon) {
  scene_.manager.now += std::chrono::hours(40);
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_EQ(scene_.workers.requests["openclaw-probe find"]["deadline_s"], 10);
}

TEST_F(TheRunningGateway, WithAStateOfItsOwnElsewhereIsNotTouched) {
  refuse_owner("the running gateway has its state in /home/oc/.openclaw-work");
  for (const bool force : {false, true}) {
    EXPECT_EQ(scene_.update("latest", force), "refused");
    EXPECT_FALSE(was_touched());
    EXPECT_THAT(scene_.context.reason, HasSubstr("has its state in /home/oc/.openclaw-work"));
  }
}

TEST_F(TheRunningGateway, WhoseStateIsNotShownIsNotTouchedUnlessForced) {
  owner({{"state", "/home/oc/.openclaw"}, {"shown_by", ""}});
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_FALSE(was_touched());
  EXPECT_THAT(scene_.context.reason,
              HasSubstr("there is no evidence that its state is in /home/oc/.openclaw"));
  EXPECT_EQ(scene_.update("latest", /*force=*/true), "updated");
}

// update.auto.enabled, from within the unit (#77793).
TEST_F(TheRunningGateway, ThatUpdatesItselfIsNotTouched) {
  owner({{"state", "/x"},
         {"shown_by", "its process 7 has /x/db open"},
         {"updating", "process 77 (openclaw update)"}});
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_FALSE(was_touched());
  EXPECT_THAT(scene_.context.reason,
              HasSubstr("is updating OpenClaw by itself: process 77 (openclaw update)"));
  EXPECT_THAT(scene_.context.reason, HasSubstr("openclaw config set update.auto.enabled false"));
  EXPECT_EQ(scene_.update("latest", /*force=*/true), "updated");
}

TEST_F(TheRunningGateway, WhoseStateCannotBeAskedForIsNotTouched) {
  scene_.workers.fail("openclaw-state owner", "openclaw-state@.service left no result");
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_FALSE(was_touched());
  EXPECT_THAT(scene_.context.reason, HasSubstr("openclaw-state@.service left no result"));
}

TEST_F(TheRunningGateway, ReturnsToAFormerReleaseThoughItShowsNothing) {
  ASSERT_EQ(scene_.update(), "updated");
  find({{"running", true}, {"found", false}, {"port", 18789}, {"detail", unseen}});
  owner({{"state", "/x"}, {"shown_by", ""}});
  EXPECT_EQ(scene_.return_to(old_version), "updated");
}

TEST_F(TheRunningGateway, DoesNotReturnOverTheStateOfAnother) {
  ASSERT_EQ(scene_.update(), "updated");
  refuse_owner("the running gateway has its state in /home/oc/.openclaw-work");
  EXPECT_EQ(scene_.return_to(old_version), "refused");
  EXPECT_EQ(scene_.running_version, new_version);
}

TEST(AGatewayThatIsDown, HasNothingToShow) {
  Scene scene(Scene::With::stopped_gateway);
  EXPECT_EQ(scene.update(), "updated");
  EXPECT_FALSE(scene.called("openclaw-probe find"));
  EXPECT_FALSE(scene.called("openclaw-state owner"));
}

TEST_F(TheRunningGateway, IsAskedWithTheProfileOfItsCommand) {
  scene_.manager.unit(update_tests::gateway).definition.exec_start = {
      "/usr/bin/node", scene_.state_path() + "/current/openclaw.mjs", "--profile=work", "gateway"};
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_EQ(scene_.workers.requests["openclaw-state owner"]["profile"], "work");
}

}  // namespace
