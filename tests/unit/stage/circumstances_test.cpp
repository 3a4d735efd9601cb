// SPDX-License-Identifier: MIT
// The record with which a start skips all work, and when it becomes invalid.
#include "stage/circumstances.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"

namespace {

using testing::HasSubstr;

class TheRecord : public testing::Test {
 protected:
  test_support::TemporaryDirectory state_;
};

TEST_F(TheRecord, IsRemovedWhereTheNextStartHasToLook) {
  state_.write("staged-deps/record", "x");
  state_.write("staged-deps/other", "x");
  ASSERT_TRUE(stage::forget(state_.path()));
  EXPECT_FALSE(state_.exists("staged-deps/record"));
  EXPECT_TRUE(state_.exists("staged-deps/other"));
}

TEST_F(TheRecord, MayBeGoneAlready) {
  EXPECT_TRUE(stage::forget(state_.path())) << "without its folder";
  EXPECT_TRUE(stage::forget(state_.path("no-state"))) << "without a state";
  state_.mkdir("staged-deps");
  EXPECT_TRUE(stage::forget(state_.path()));
}

// An operator runs it as root, in a folder of the gateway's user.
TEST_F(TheRecord, IsNotLookedForBehindALink) {
  state_.write("elsewhere/record", "somebody's");
  state_.symlink("elsewhere", "staged-deps");
  const auto forgotten = stage::forget(state_.path());
  EXPECT_TRUE(state_.exists("elsewhere/record"));
  ASSERT_FALSE(forgotten);
  EXPECT_THAT(forgotten.error().message, HasSubstr("staged-deps"));
}

TEST_F(TheRecord, ThatIsALinkGoesWithoutWhatItLeadsTo) {
  state_.write("elsewhere", "somebody's");
  state_.mkdir("staged-deps");
  state_.symlink("../elsewhere", "staged-deps/record");
  EXPECT_TRUE(stage::forget(state_.path()));
  EXPECT_FALSE(state_.is_symlink("staged-deps/record"));
  EXPECT_TRUE(state_.exists("elsewhere"));
}

}  // namespace
