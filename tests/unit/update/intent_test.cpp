#include "update/intent.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/temporary_directory.hpp"

namespace {

using nlohmann::json;
using update::Intent;

class UpdateIntent : public testing::Test {
 protected:
  UpdateIntent() {
    EXPECT_TRUE(update::leave_intent(state_.fd(), {"2026.9.6", "2026.9.6-1f3a9c2e", "root", true}));
  }
  json left() const { return json::parse(state_.read("intent")); }
  test_support::TemporaryDirectory state_{test_support::TemporaryDirectory::fast_place()};
};

TEST_F(UpdateIntent, IsTakenOnce) {
  const auto intent = update::take_intent(state_.fd());
  ASSERT_TRUE(intent);
  EXPECT_EQ(intent->wanted, "2026.9.6");
  EXPECT_EQ(intent->to_release, "2026.9.6-1f3a9c2e");
  EXPECT_EQ(intent->requested_by, "root");
  EXPECT_TRUE(intent->force);
  EXPECT_FALSE(update::take_intent(state_.fd()));
}

TEST_F(UpdateIntent, MayAskForAQuarantine) {
  Intent intent;
  intent.quarantine = "it loops";
  ASSERT_TRUE(update::leave_intent(state_.fd(), intent));
  const auto taken = update::take_intent(state_.fd());
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->quarantine, "it loops");
}

TEST_F(UpdateIntent, IsForRootAlone) {
  EXPECT_EQ(state_.mode("intent"), 0600u);
}

TEST_F(UpdateIntent, HoldsForAMinute) {
  for (const auto& [member, value] :
       {std::pair<std::string, json>{"at_s", left()["at_s"].get<std::int64_t>() - 61},
        {"at_s", left()["at_s"].get<std::int64_t>() + 3600}}) {
    ASSERT_TRUE(update::leave_intent(state_.fd(), {}));
    json changed = left();
    changed[member] = value;
    state_.write("intent", changed.dump());
    EXPECT_FALSE(update::take_intent(state_.fd())) << member << " " << value;
    EXPECT_FALSE(state_.exists("intent")) << "and does not stay around";
  }
}

TEST_F(UpdateIntent, ThatCannotBeUnderstoodIsTakenAway) {
  const json whole = left();
  for (const auto& [member, value] : whole.items()) {
    json wrong = whole;
    wrong[member] = json::array();
    state_.write("intent", wrong.dump());
    EXPECT_FALSE(update::take_intent(state_.fd())) << member;
    EXPECT_FALSE(state_.exists("intent"));
  }
  for (const char* const text : {"", "{", "[]", "null"}) {
    state_.write("intent", text);
    EXPECT_FALSE(update::take_intent(state_.fd())) << text;
    EXPECT_FALSE(state_.exists("intent"));
  }
}

TEST_F(UpdateIntent, IsNotReadThroughALink) {
  state_.write("elsewhere", state_.read("intent"));
  ::unlink(state_.path("intent").c_str());
  state_.symlink("elsewhere", "intent");
  EXPECT_FALSE(update::take_intent(state_.fd()));
  EXPECT_TRUE(state_.exists("elsewhere"));
}

}  // namespace
