// What the updater's folder tells: whether it is at work, what was promoted when, what there is to go back
// to.
#include "watchdog/update_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "lock/kernel_lock.hpp"
#include "support/temporary_directory.hpp"

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using update::State;
using watchdog::Update;
using watchdog::UpdateWatch;

constexpr std::int64_t noon = 1'795'000'000'000;

class UpdatesWatched : public testing::Test {
 protected:
  UpdatesWatched() {
    for (const char* release : {"2026.9.5-77aa0011", "2026.9.6-1f3a9c2e", "2026.9.7-00ff00ff"}) {
      folder.mkdir(std::string("releases/") + release);
    }
    point("current", "2026.9.6-1f3a9c2e");
    point("previous", "2026.9.5-77aa0011");
  }
  void point(const char* name, const std::string& release) const {
    ::unlink(folder.path(name).c_str());
    ASSERT_EQ(::symlink(("releases/" + release).c_str(), folder.path(name).c_str()), 0);
  }
  void add(const std::string& id, State outcome, const std::string& release, bool returning = false) const {
    const update::Journal journal(folder.fd());
    ASSERT_TRUE(journal.begin(id));
    update::Context context;
    context.id = id;
    context.to_release = release;
    context.to_version = release.substr(0, release.rfind('-'));
    context.returning = returning;
    context.was_running = true;
    context.began_at_ms = noon - 60'000;
    context.stopped_at_ms = noon - 12'000;
    context.ready_at_ms = noon - 3'000;
    ASSERT_TRUE(journal.append({State::plan, noon - 60'000, context}));
    ASSERT_TRUE(journal.append({outcome, noon, context}));
    ASSERT_TRUE(journal.close());
  }
  test_support::TemporaryDirectory folder;
  UpdateWatch watch{folder.path()};
};

TEST_F(UpdatesWatched, NameTheReleaseAndWhatThereIsToGoBackTo) {
  const auto& facts = watch.look(noon);
  EXPECT_EQ(facts.release, "2026.9.6-1f3a9c2e");
  EXPECT_EQ(facts.version, "2026.9.6");
  EXPECT_EQ(facts.previous, "2026.9.5-77aa0011");
  EXPECT_EQ(facts.update, Update::none);
  EXPECT_FALSE(facts.promotion || facts.last);
}

TEST_F(UpdatesWatched, TellHowLongAgoTheCurrentReleaseWasPromoted) {
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  const auto& facts = watch.look(noon + 90'000);
  ASSERT_TRUE(facts.promotion);
  EXPECT_EQ(facts.promotion->id, "20261121T101500Z-4f2a");
  EXPECT_EQ(facts.promotion->age.count(), 90'000);
  EXPECT_TRUE(facts.promotion->can_return);
  ASSERT_TRUE(facts.last);
  EXPECT_EQ(facts.last->outcome, "updated");
  EXPECT_EQ(facts.last->took_ms, 60'000);
  EXPECT_EQ(facts.last->downtime_ms, 9'000);
}

TEST_F(UpdatesWatched, SeeThePromotionBehindALaterRefusal) {
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  add("20261121T111500Z-4f2a", State::refused, "");
  const auto& facts = watch.look(noon);
  ASSERT_TRUE(facts.promotion);
  EXPECT_EQ(facts.last->outcome, "refused");
}

TEST_F(UpdatesWatched, DoNotCallAReturnAPromotion) {
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  add("20261121T111500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e", /*returning=*/true);
  EXPECT_FALSE(watch.look(noon).promotion);
}

TEST_F(UpdatesWatched, DoNotBlameAnUpdateToAnotherRelease) {
  add("20261121T101500Z-4f2a", State::updated, "2026.9.7-00ff00ff");
  EXPECT_FALSE(watch.look(noon).promotion);
}

TEST_F(UpdatesWatched, CannotGoBackWithoutAPreviousRelease) {
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  ::unlink(folder.path("previous").c_str());
  EXPECT_FALSE(watch.look(noon).promotion->can_return);
}

TEST_F(UpdatesWatched, NoticeWhatHasHappenedSince) {
  EXPECT_FALSE(watch.look(noon).promotion);
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  EXPECT_TRUE(watch.look(noon).promotion);
}

TEST_F(UpdatesWatched, TellOneThatIsAtWorkFromOneThatNobodyWorksOn) {
  const update::Journal journal(folder.fd());
  ASSERT_TRUE(journal.begin("20261121T121500Z-4f2a"));
  EXPECT_EQ(watch.look(noon).update, Update::orphaned);
  {
    const auto held = lock::KernelLock::acquire(folder.fd(), "lock");
    ASSERT_TRUE(held);
    EXPECT_EQ(watch.look(noon).update, Update::at_work);
  }
  EXPECT_EQ(watch.look(noon).update, Update::orphaned);
  ASSERT_TRUE(journal.close());
  EXPECT_EQ(watch.look(noon).update, Update::none);
}

TEST_F(UpdatesWatched, TakeNothingFromALinkThatLeadsElsewhere) {
  ::unlink(folder.path("current").c_str());
  ASSERT_EQ(::symlink("/etc", folder.path("current").c_str()), 0);
  EXPECT_EQ(watch.look(noon).release, "");
}

TEST_F(UpdatesWatched, ListTheReleasesThatAreNewer) {
  static_cast<void>(watch.look(noon));
  EXPECT_THAT(watch.newer_releases(), ElementsAre("2026.9.7-00ff00ff"));
}

TEST(UpdatesNotThere, AreNone) {
  UpdateWatch watch("/nonexistent/openclaw-update");
  EXPECT_EQ(watch.look(noon).update, Update::none);
  EXPECT_EQ(watch.look(noon).release, "");
  EXPECT_THAT(watch.newer_releases(), IsEmpty());
}

}  // namespace
