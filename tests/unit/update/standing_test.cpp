// SPDX-License-Identifier: MIT
#include "update/standing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/disk_witness.hpp"
#include "support/temporary_directory.hpp"

namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Standing : public testing::Test {
 protected:
  test_support::TemporaryDirectory state_{test_support::TemporaryDirectory::fast_place()};
};

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t some_day = 20'000 * day_ms;

TEST_F(Standing, HoldsFromItsSettingToItsRemoval) {
  EXPECT_FALSE(update::hold_of(state_.fd()));
  ASSERT_TRUE(update::set_hold(state_.fd(), {"holidays"}));
  ASSERT_TRUE(update::hold_of(state_.fd()));
  EXPECT_EQ(update::hold_of(state_.fd())->reason, "holidays");
  EXPECT_FALSE(update::hold_of(state_.fd())->is_over(some_day));
  ASSERT_TRUE(update::remove_hold(state_.fd()));
  EXPECT_FALSE(update::hold_of(state_.fd()));
  EXPECT_TRUE(update::remove_hold(state_.fd())) << "twice is harmless";
}

TEST_F(Standing, KeepsTheFirstVersionThatFailedInAFolderThatIsOnTheDisk) {
  const test_support::DiskWitness disk;
  ASSERT_TRUE(update::quarantine(state_.fd(), "2026.9.5", "it did not start"));
  EXPECT_NE(disk.durably_made("quarantine"), test_support::DiskWitness::never) << disk.story();
}

TEST_F(Standing, HoldsWithoutAReasonToo) {
  ASSERT_TRUE(update::set_hold(state_.fd(), {""}));
  ASSERT_TRUE(update::hold_of(state_.fd()));
  EXPECT_EQ(update::hold_of(state_.fd())->reason, "");
}

TEST_F(Standing, HoldsUntilItsEndAndIsKnownAfterwards) {
  ASSERT_TRUE(update::set_hold(state_.fd(), {"release party", some_day}));
  const auto hold = update::hold_of(state_.fd());
  ASSERT_TRUE(hold);
  EXPECT_EQ(hold->reason, "release party");
  EXPECT_EQ(hold->until_ms, some_day);
  EXPECT_FALSE(hold->is_over(some_day - 1));
  EXPECT_TRUE(hold->is_over(some_day));
  EXPECT_TRUE(update::hold_at(state_.fd(), some_day - 1));
  EXPECT_FALSE(update::hold_at(state_.fd(), some_day));
}

TEST_F(Standing, TakesNoEndFromTheWordsOfAReason) {
  for (const char* const reason :
       {"until 2020-01-01T00:00:00Z", "x\nuntil 2020-01-01T00:00:00Z", "until Monday"}) {
    ASSERT_TRUE(update::set_hold(state_.fd(), {reason}));
    const auto hold = update::hold_of(state_.fd());
    ASSERT_TRUE(hold) << reason;
    EXPECT_FALSE(hold->until_ms) << reason;
  }
}

TEST_F(Standing, HoldsWhereItsFileCannotBeRead) {
  state_.mkdir("hold");
  ASSERT_TRUE(update::hold_of(state_.fd()));
  EXPECT_THAT(update::hold_of(state_.fd())->reason, HasSubstr("cannot be read"));
}

// EIO, EMFILE: what may be there is not taken for what is not.
TEST_F(Standing, IsNeitherFreeNorUnpinnedNorOutOfQuarantineWhereNothingCanBeRead) {
  constexpr int no_folder = -1;
  ASSERT_TRUE(update::hold_of(no_folder));
  EXPECT_THAT(update::hold_of(no_folder)->reason, HasSubstr("cannot be read"));
  EXPECT_FALSE(update::pinned_version(no_folder));
  ASSERT_TRUE(update::quarantine_reason(no_folder, "2026.9.6"));
  EXPECT_THAT(*update::quarantine_reason(no_folder, "2026.9.6"), HasSubstr("cannot be read"));
  const auto released = update::release_from_quarantine(no_folder, "2026.9.6");
  ASSERT_FALSE(released) << "it would be said not to be blamed, and stay there";
  EXPECT_THAT(released.error().message, HasSubstr("2026.9.6"));
}

TEST_F(Standing, QuarantinesWhereItsFileCannotBeRead) {
  state_.mkdir("quarantine");
  state_.mkdir("quarantine/2026.9.6");
  ASSERT_TRUE(update::quarantine_reason(state_.fd(), "2026.9.6"));
  EXPECT_EQ(update::quarantine_reason(state_.fd(), "2026.9.5"), std::nullopt);
}

TEST_F(Standing, PinsAVersion) {
  EXPECT_EQ(*update::pinned_version(state_.fd()), std::nullopt);
  ASSERT_TRUE(update::set_pin(state_.fd(), "2026.9.6"));
  EXPECT_EQ(*update::pinned_version(state_.fd()), "2026.9.6");
  ASSERT_TRUE(update::remove_pin(state_.fd()));
  EXPECT_EQ(*update::pinned_version(state_.fd()), std::nullopt);
  EXPECT_TRUE(update::remove_pin(state_.fd())) << "twice is harmless";
}

TEST_F(Standing, TakesAPinWithoutAVersionForAMistakeAndNotForNone) {
  state_.write("pin", "latest\n");
  const auto pinned = update::pinned_version(state_.fd());
  ASSERT_FALSE(pinned);
  EXPECT_EQ(pinned.error().kind, base::ErrorKind::integrity);
  EXPECT_THAT(pinned.error().message, HasSubstr("openclaw-update unpin"));
}

TEST_F(Standing, QuarantinesAVersionAndNoOther) {
  ASSERT_TRUE(update::quarantine(state_.fd(), "2026.9.6", "it\x1b[2J died"));
  EXPECT_THAT(*update::quarantine_reason(state_.fd(), "2026.9.6"),
              testing::AllOf(HasSubstr("died"), Not(HasSubstr("\x1b"))));
  EXPECT_EQ(update::quarantine_reason(state_.fd(), "2026.9.5"), std::nullopt);
  ASSERT_TRUE(update::quarantine(state_.fd(), "2026.9.7-beta.1", "b"));
  const auto all = update::quarantined(state_.fd());
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].version, "2026.9.6");
  EXPECT_EQ(all[1].version, "2026.9.7-beta.1");
}

TEST_F(Standing, ReleasesFromTheQuarantine) {
  EXPECT_TRUE(update::release_from_quarantine(state_.fd(), "2026.9.6")) << "nothing is there yet";
  ASSERT_TRUE(update::quarantine(state_.fd(), "2026.9.6", "x"));
  ASSERT_TRUE(update::release_from_quarantine(state_.fd(), "2026.9.6"));
  EXPECT_THAT(update::quarantined(state_.fd()), IsEmpty());
}

TEST_F(Standing, TakesNothingForAVersionThatIsNone) {
  ASSERT_TRUE(update::set_hold(state_.fd(), {"stays"}));
  state_.mkdir("quarantine");
  for (const char* const name :
       {"../hold", "", ".", "latest", "2026.9.6/../../hold", "2026.9.6-../../hold"}) {
    (void)update::quarantine(state_.fd(), name, "x");
    (void)update::release_from_quarantine(state_.fd(), name);
    EXPECT_EQ(update::quarantine_reason(state_.fd(), name), std::nullopt) << name;
  }
  EXPECT_EQ(update::hold_of(state_.fd())->reason, "stays");
  EXPECT_THAT(update::quarantined(state_.fd()), IsEmpty());
}

TEST_F(Standing, PassesOverFilesThatArePutThere) {
  ASSERT_TRUE(update::quarantine(state_.fd(), "2026.9.6", "x"));
  state_.write("quarantine/README", "hello");
  EXPECT_EQ(update::quarantined(state_.fd()).size(), 1u);
}

}  // namespace
