// SPDX-License-Identifier: MIT
// The overview for an operator.
#include "update/overview.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "update/support/scene.hpp"
#include "update/unit_start.hpp"

namespace {

using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using update::Course;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

class AnOverview : public testing::Test {
 protected:
  update::Overview seen() { return update::look_over(scene_.state_fd(), *scene_.store); }
  Scene scene_;
};

TEST_F(AnOverview, OfAMachineWithoutUpdatesHasItsReleaseAlone) {
  const auto now = seen();
  EXPECT_THAT(now.current, StartsWith(old_version));
  EXPECT_EQ(now.previous, "");
  EXPECT_THAT(now.releases, SizeIs(1));
  EXPECT_FALSE(now.hold);
  EXPECT_THAT(now.last.records, IsEmpty());
}

TEST_F(AnOverview, HasTheLastUpdateAndHowItEnded) {
  ASSERT_EQ(scene_.update(), "updated");
  const auto now = seen();
  EXPECT_THAT(now.current, StartsWith(new_version));
  EXPECT_THAT(now.previous, StartsWith(old_version));
  EXPECT_EQ(now.last.context()->id, scene_.context.id);
  EXPECT_EQ(now.course(), Course::ended);
}

TEST_F(AnOverview, HasTheLastUpdateAlthoughALaterOneWasKilledBeforeItsFirstRecord) {
  ASSERT_EQ(scene_.update(), "updated");
  const std::string last = scene_.context.id;
  scene_.root.mkdir("state/transactions/t00000099-20991231T235959Z");
  EXPECT_EQ(seen().last.context()->id, last);
  scene_.root.write("state/transactions/t00000099-20991231T235959Z/journal", "{\"torn");
  EXPECT_EQ(seen().last.context()->id, last);
}

TEST_F(AnOverview, DistinguishesAnUpdateAtWorkFromAnAbandonedOne) {
  ASSERT_TRUE(scene_.update_until_killed_in("stage"));
  EXPECT_EQ(seen().course(), Course::abandoned);
  EXPECT_EQ(seen().open, scene_.context.id);
  const auto held = update::take_lock(scene_.state_fd());
  ASSERT_TRUE(held);
  EXPECT_TRUE(seen().at_work);
  EXPECT_EQ(seen().course(), Course::at_work);
}

TEST_F(AnOverview, KeepsNoUpdaterOut) {
  seen();
  EXPECT_TRUE(update::take_lock(scene_.state_fd()));
}

TEST_F(AnOverview, SaysOfAnUpdateThatIsNotOpenAndHasNoOutcomeThatItIsNotRecorded) {
  ASSERT_TRUE(scene_.update_until_killed_in("stage"));
  ASSERT_TRUE(update::Journal(scene_.state_fd()).close());
  EXPECT_EQ(seen().course(), Course::unrecorded);
}

TEST_F(AnOverview, HasWhatPreventsAnUpdate) {
  ASSERT_TRUE(update::set_hold(scene_.state_fd(), {"holidays"}));
  ASSERT_TRUE(update::quarantine(scene_.state_fd(), new_version, "it died"));
  const auto now = seen();
  ASSERT_TRUE(now.hold);
  EXPECT_EQ(now.hold->reason, "holidays");
  ASSERT_THAT(now.quarantine, SizeIs(1));
  EXPECT_EQ(now.quarantine[0].version, new_version);
}

TEST_F(AnOverview, HasThreeUpdatesBeforeTheLastOneAndNoMore) {
  ASSERT_EQ(scene_.update(), "updated");
  for (int i = 0; i < 4; ++i) ASSERT_EQ(scene_.update(), "up-to-date");
  const auto now = seen();
  ASSERT_THAT(now.earlier, SizeIs(3));
  EXPECT_GT(now.last.context()->id, now.earlier[0].context()->id);
  EXPECT_GT(now.earlier[0].context()->id, now.earlier[2].context()->id);
}

TEST_F(AnOverview, HasThePinAndWhatIsWrongWithOne) {
  ASSERT_TRUE(update::set_pin(scene_.state_fd(), new_version));
  EXPECT_EQ(seen().pin, new_version);
  scene_.root.write("state/pin", "latest\n");
  ASSERT_TRUE(seen().pin);
  EXPECT_THAT(*seen().pin, StartsWith("damaged: "));
}

TEST_F(AnOverview, HasWhatTheRegistryAnsweredAnUpdate) {
  ASSERT_EQ(scene_.update(), "updated");
  ASSERT_TRUE(seen().newest);
  EXPECT_EQ(seen().newest->version, new_version);
}

TEST_F(AnOverview, NamesWhatIsWrongWithAPointer) {
  scene_.root.symlink("releases/gone", "state/previous");
  EXPECT_THAT(seen().previous, StartsWith("damaged: "));
  EXPECT_THAT(seen().current, StartsWith(old_version));
}

}  // namespace
