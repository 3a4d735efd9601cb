// SPDX-License-Identifier: MIT
// Two operators at the same time: each gets the result of their own update.
#include "update/taken_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "update/support/scene.hpp"

namespace {

using testing::AllOf;
using testing::HasSubstr;
using update_tests::Scene;

class ARequest : public testing::Test {
 protected:
  // An update that took `request`, which was left for openclaw-update@VERSION.service.
  std::string update_by(const std::string& who, const std::string& request) {
    update::Context context;
    context.id = scene_.new_id();
    context.unit = update_tests::gateway;
    context.asked.wanted = update_tests::new_version;
    context.asked.requested_by = who;
    context.asked.request = request;
    EXPECT_TRUE(update::run_update(scene_.setup(), context));
    return context.id;
  }
  update::TakenRequest look(const std::string& request, const std::string& since = "") const {
    return update::look_for_request(update::Journal(scene_.state_fd()), since, request);
  }

  Scene scene_;
};

TEST_F(ARequest, IsFoundInTheUpdateThatTookIt) {
  const std::string mine = update_by("root", "a");
  update_by("root", "b");
  EXPECT_EQ(look("a").id, mine);
}

TEST_F(ARequest, ThatNobodyTookIsNotTheUpdateOfAnother) {
  const std::string theirs = update_by("the gateway", "a");
  const auto found = look("b");
  EXPECT_EQ(found.id, "");
  EXPECT_THAT(found.other,
              AllOf(HasSubstr(theirs), HasSubstr(update_tests::new_version), HasSubstr("the gateway")));
}

TEST_F(ARequest, IsNotOneOfATimerEither) {
  update_by("the unit", "");
  EXPECT_EQ(look("b").id, "");
}

TEST_F(ARequest, IsNotLookedForInWhatWasThereBefore) {
  const std::string before = update_by("root", "a");
  EXPECT_EQ(look("a", before).id, "");
  EXPECT_EQ(look("a", before).other, "");
}

}  // namespace
