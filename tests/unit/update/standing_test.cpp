#include "update/standing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"

namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Standing : public testing::Test {
 protected:
  test_support::TemporaryDirectory state_{test_support::TemporaryDirectory::fast_place()};
};

TEST_F(Standing, HoldsFromItsSettingToItsRemoval) {
  EXPECT_EQ(update::hold_reason(state_.fd()), std::nullopt);
  ASSERT_TRUE(update::set_hold(state_.fd(), "holidays"));
  EXPECT_EQ(update::hold_reason(state_.fd()), "holidays");
  ASSERT_TRUE(update::remove_hold(state_.fd()));
  EXPECT_EQ(update::hold_reason(state_.fd()), std::nullopt);
  EXPECT_TRUE(update::remove_hold(state_.fd())) << "twice is harmless";
}

TEST_F(Standing, HoldsWithoutAReasonToo) {
  ASSERT_TRUE(update::set_hold(state_.fd(), ""));
  EXPECT_EQ(update::hold_reason(state_.fd()), "");
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
  ASSERT_TRUE(update::set_hold(state_.fd(), "stays"));
  state_.mkdir("quarantine");
  for (const char* const name :
       {"../hold", "", ".", "latest", "2026.9.6/../../hold", "2026.9.6-../../hold"}) {
    (void)update::quarantine(state_.fd(), name, "x");
    (void)update::release_from_quarantine(state_.fd(), name);
    EXPECT_EQ(update::quarantine_reason(state_.fd(), name), std::nullopt) << name;
  }
  EXPECT_EQ(update::hold_reason(state_.fd()), "stays");
  EXPECT_THAT(update::quarantined(state_.fd()), IsEmpty());
}

TEST_F(Standing, PassesOverFilesThatArePutThere) {
  ASSERT_TRUE(update::quarantine(state_.fd(), "2026.9.6", "x"));
  state_.write("quarantine/README", "hello");
  EXPECT_EQ(update::quarantined(state_.fd()).size(), 1u);
}

}  // namespace
