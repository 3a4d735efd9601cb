// SPDX-License-Identifier: MIT
// What the updater's folder shows: whether an update is running, what was promoted when, and to which release
// a rollback would return.
#include "watchdog/update_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <tuple>

#include "fs/refusals.hpp"
#include "lock/kernel_lock.hpp"
#include "support/no_more_files.hpp"
#include "support/temporary_directory.hpp"

namespace {

using fs::syscalls::Call;
using test_support::NoMoreFiles;
using test_support::Refusals;
using testing::ElementsAre;
using testing::IsEmpty;
using update::State;
using watchdog::Time;
using watchdog::Update;
using watchdog::UpdateWatch;

using namespace std::chrono_literals;

constexpr std::int64_t noon = 1'795'000'000'000;

// One hour after the boot of the promotion.
base::Moment promoted_at(std::chrono::milliseconds later = 0ms) {
  return {"first-boot", 1h + later};
}

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
  void add(const std::string& id, State outcome, const std::string& release, bool returning = false,
           bool rehearses = false) const {
    const update::Journal journal(folder.fd());
    ASSERT_TRUE(journal.begin(id));
    update::Context context;
    context.id = id;
    context.to.release = release;
    context.to.version = release.substr(0, release.rfind('-'));
    context.asked.returning = returning;
    context.asked.rehearses = rehearses;
    context.from.was_running = true;
    context.times.began_at_ms = noon - 60'000;
    context.times.stopped_at_ms = noon - 12'000;
    context.times.ready_at_ms = noon - 3'000;
    ASSERT_TRUE(journal.append({State::plan, noon - 60'000, context, promoted_at(-60s)}));
    const State before = outcome == State::updated ? State::commit : State::fetch;
    ASSERT_TRUE(journal.append({before, noon, context, promoted_at()}));
    ASSERT_TRUE(journal.append({outcome, noon, context, promoted_at()}));
    ASSERT_TRUE(journal.close());
  }
  test_support::TemporaryDirectory folder;
  UpdateWatch watch{folder.path()};
};

TEST_F(UpdatesWatched, NameTheReleaseAndWhatThereIsToGoBackTo) {
  const auto& facts = watch.look(noon, promoted_at());
  EXPECT_EQ(facts.release, "2026.9.6-1f3a9c2e");
  EXPECT_EQ(facts.version, "2026.9.6");
  EXPECT_EQ(facts.previous, "2026.9.5-77aa0011");
  EXPECT_EQ(facts.update, Update::none);
  EXPECT_FALSE(facts.promotion || facts.last);
}

TEST_F(UpdatesWatched, TellHowLongAgoTheCurrentReleaseWasPromoted) {
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  const auto& facts = watch.look(noon + 90'000, promoted_at(90s));
  ASSERT_TRUE(facts.promotion);
  EXPECT_EQ(facts.promotion->id, "20261121T101500Z-4f2a");
  EXPECT_EQ(facts.promotion->age.count(), 90'000);
  EXPECT_TRUE(facts.promotion->can_return);
  ASSERT_TRUE(facts.last);
  EXPECT_EQ(facts.last->outcome, "updated");
  EXPECT_EQ(facts.last->took_ms, 60'000);
  EXPECT_EQ(facts.last->downtime_ms, 9'000);
}

TEST_F(UpdatesWatched, CountTheAgeOfAPromotionWhateverTheClockIsSetTo) {
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  for (const std::int64_t clock : {std::int64_t{0}, noon - 1, noon + 10 * 365 * std::int64_t{86'400'000}}) {
    EXPECT_EQ(watch.look(clock, promoted_at(90s)).promotion->age, 90s) << clock;
  }
}

TEST_F(UpdatesWatched, CountTheAgeOfAPromotionOverReboots) {
  const test_support::TemporaryDirectory memory;
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  for (const auto& [clock, now, age] : {std::tuple{noon, promoted_at(30min), Time{30min}},
                                        {std::int64_t{0}, base::Moment{"second-boot", 2min}, Time{32min}},
                                        {2 * noon, base::Moment{"second-boot", 20min}, Time{50min}},
                                        {std::int64_t{0}, base::Moment{"third-boot", 1min}, Time{51min}}}) {
    UpdateWatch started_anew{folder.path(), memory.path()};
    EXPECT_EQ(started_anew.look(clock, now).promotion->age, age) << now.boot;
  }
}

TEST_F(UpdatesWatched, CountAnewForTheNextPromotion) {
  const test_support::TemporaryDirectory memory;
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  UpdateWatch counting{folder.path(), memory.path()};
  EXPECT_EQ(counting.look(noon, promoted_at(5h)).promotion->age, 5h);
  add("t00000001-20261121T101500Z", State::updated, "2026.9.6-1f3a9c2e");
  EXPECT_EQ(counting.look(noon, promoted_at(90s)).promotion->age, 90s);
}

TEST_F(UpdatesWatched, CountFromWhatIsKnownWhereTheirMemoryIsDamaged) {
  const test_support::TemporaryDirectory memory;
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  for (const char* const text :
       {"", "garbage", "[]", R"({"update":7})",
        R"({"update":"20261121T101500Z-4f2a","age_ms":-1,"boot":"b","since_boot_ms":1})"}) {
    memory.write("probation.json", text);
    UpdateWatch started_anew{folder.path(), memory.path()};
    EXPECT_EQ(started_anew.look(0, {"second-boot", 5min}).promotion->age, 5min) << text;
  }
}

TEST_F(UpdatesWatched, CallAPromotionOfAnEarlierBootNoYoungerThanThisBoot) {
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  for (const auto& [clock, age] : {std::pair{std::int64_t{0}, Time{5min}},
                                   {noon + 60'000, Time{5min}},
                                   {noon + 86'400'000, Time{24h}}}) {
    UpdateWatch never_watched_before{folder.path()};
    EXPECT_EQ(never_watched_before.look(clock, {"second-boot", 5min}).promotion->age, age) << clock;
  }
}

TEST_F(UpdatesWatched, SeeAPromotionWhoseLastRecordsAreDamagedOrOfAnotherVersion) {
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  const std::string file = "transactions/20261121T101500Z-4f2a/journal";
  const std::string whole = folder.read(file);
  const std::string committed = whole.substr(0, whole.rfind('\n', whole.size() - 2) + 1);
  for (const std::string& line :
       {std::string("garbage"), std::string(1'000'000, 'x'), std::string(R"({"state":"archived"})")}) {
    for (const std::string& text : {whole + line + "\n", committed + line + "\n"}) {
      folder.write(file, text);
      UpdateWatch fresh{folder.path()};
      EXPECT_TRUE(fresh.look(noon, promoted_at()).promotion) << line.substr(0, 40);
    }
  }
}

TEST_F(UpdatesWatched, GoByTheNumberOfAnUpdateAndNotByItsTime) {
  add("20261121T101500Z-4f2a", State::updated, "2026.9.7-00ff00ff");
  add("t00000001-20261121T101500Z", State::updated, "2026.9.7-00ff00ff");
  add("t00000002-19700101T000000Z", State::updated, "2026.9.6-1f3a9c2e");
  ASSERT_TRUE(watch.look(noon, promoted_at()).promotion);
  EXPECT_EQ(watch.look(noon, promoted_at()).promotion->id, "t00000002-19700101T000000Z");
}

TEST_F(UpdatesWatched, SeeThePromotionBehindALaterRefusal) {
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  add("20261121T111500Z-4f2a", State::refused, "");
  const auto& facts = watch.look(noon, promoted_at());
  ASSERT_TRUE(facts.promotion);
  EXPECT_EQ(facts.last->outcome, "refused");
}

// Independent of their number: a timer may rehearse each night, and an operator more often.
TEST_F(UpdatesWatched, SeeThePromotionAndItsOutcomeBehindRehearsals) {
  add("t00000001-20261121T101500Z", State::updated, "2026.9.6-1f3a9c2e");
  for (int number = 2; number < 20; ++number) {
    const std::string id = "t000000" + std::string(number < 10 ? "0" : "") + std::to_string(number);
    add(id + "-20261121T111500Z", State::rehearsed, "2026.9.7-00ff00ff", false, /*rehearses=*/true);
  }
  const auto& facts = watch.look(noon + 3'600'000, promoted_at(3'600s));
  ASSERT_TRUE(facts.promotion);
  ASSERT_TRUE(facts.last);
  EXPECT_EQ(facts.last->outcome, "updated");
}

TEST_F(UpdatesWatched, DoNotCallAReturnAPromotion) {
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  add("20261121T111500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e", /*returning=*/true);
  EXPECT_FALSE(watch.look(noon, promoted_at()).promotion);
}

TEST_F(UpdatesWatched, DoNotBlameAnUpdateToAnotherRelease) {
  add("20261121T101500Z-4f2a", State::updated, "2026.9.7-00ff00ff");
  EXPECT_FALSE(watch.look(noon, promoted_at()).promotion);
}

TEST_F(UpdatesWatched, CannotGoBackWithoutAPreviousRelease) {
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  ::unlink(folder.path("previous").c_str());
  EXPECT_FALSE(watch.look(noon, promoted_at()).promotion->can_return);
}

TEST_F(UpdatesWatched, NoticeWhatHasHappenedSince) {
  EXPECT_FALSE(watch.look(noon, promoted_at()).promotion);
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  EXPECT_TRUE(watch.look(noon, promoted_at()).promotion);
}

TEST_F(UpdatesWatched, DistinguishOneThatIsAtWorkFromAnAbandonedOne) {
  const update::Journal journal(folder.fd());
  ASSERT_TRUE(journal.begin("20261121T121500Z-4f2a"));
  EXPECT_EQ(watch.look(noon, promoted_at()).update, Update::orphaned);
  {
    const auto held = lock::KernelLock::acquire(folder.fd(), "lock");
    ASSERT_TRUE(held);
    EXPECT_EQ(watch.look(noon, promoted_at()).update, Update::at_work);
  }
  EXPECT_EQ(watch.look(noon, promoted_at()).update, Update::orphaned);
  ASSERT_TRUE(journal.close());
  EXPECT_EQ(watch.look(noon, promoted_at()).update, Update::none);
}

TEST_F(UpdatesWatched, StayAsTheyWereWhileNoFileCanBeOpened) {
  ASSERT_TRUE(update::Journal(folder.fd()).begin("20261121T121500Z-4f2a"));
  const auto held = lock::KernelLock::acquire(folder.fd(), "lock");
  ASSERT_TRUE(held);
  ASSERT_EQ(watch.look(noon, promoted_at()).update, Update::at_work);
  const NoMoreFiles refused;
  const auto& facts = watch.look(noon, promoted_at());
  EXPECT_EQ(facts.update, Update::at_work);
  EXPECT_EQ(facts.release, "2026.9.6-1f3a9c2e");
  EXPECT_EQ(facts.previous, "2026.9.5-77aa0011");
}

TEST_F(UpdatesWatched, MayBeAtWorkUntilTheFirstLookShowsThatTheyAreNot) {
  // A sanitizer opens a pipe for the first look at an object of a type, this one.
  ASSERT_TRUE(folder.exists("."));
  {
    const NoMoreFiles refused;
    EXPECT_EQ(watch.look(noon, promoted_at()).update, Update::at_work);
  }
  EXPECT_EQ(watch.look(noon, promoted_at()).update, Update::none);
}

TEST_F(UpdatesWatched, MayBeAtWorkWhereTheDiskDoesNotShowTheirLock) {
  const Refusals refused([](Call, std::string_view name) { return name == "lock" ? EIO : 0; });
  EXPECT_EQ(watch.look(noon, promoted_at()).update, Update::at_work);
}

TEST_F(UpdatesWatched, TakeNoOlderPromotionForOneThatCannotBeReadAndReadItAgain) {
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  add("t00000001-20261121T101500Z", State::updated, "2026.9.6-1f3a9c2e");
  for (const std::string unread : {"transactions", "transactions/t00000001-20261121T101500Z"}) {
    UpdateWatch fresh{folder.path()};
    {
      const Refusals refused([&](Call, std::string_view name) { return name == unread ? EIO : 0; });
      const auto& facts = fresh.look(noon, promoted_at());
      EXPECT_EQ(facts.update, Update::none);
      EXPECT_FALSE(facts.promotion) << unread << " " << facts.promotion->id;
    }
    const auto& facts = fresh.look(noon, promoted_at());
    ASSERT_TRUE(facts.promotion) << unread;
    EXPECT_EQ(facts.promotion->id, "t00000001-20261121T101500Z");
  }
}

TEST_F(UpdatesWatched, SeeThePromotionBehindOneThatHasNoJournal) {
  add("20261121T101500Z-4f2a", State::updated, "2026.9.6-1f3a9c2e");
  folder.mkdir("transactions/t00000001-20261121T101500Z");
  ASSERT_TRUE(watch.look(noon, promoted_at()).promotion);
  EXPECT_EQ(watch.look(noon, promoted_at()).promotion->id, "20261121T101500Z-4f2a");
}

TEST_F(UpdatesWatched, TakeNothingFromALinkThatLeadsElsewhere) {
  ::unlink(folder.path("current").c_str());
  ASSERT_EQ(::symlink("/etc", folder.path("current").c_str()), 0);
  EXPECT_EQ(watch.look(noon, promoted_at()).release, "");
}

TEST_F(UpdatesWatched, ListTheReleasesThatAreNewer) {
  static_cast<void>(watch.look(noon, promoted_at()));
  EXPECT_THAT(watch.newer_releases(), ElementsAre("2026.9.7-00ff00ff"));
}

TEST(UpdatesNotThere, AreNone) {
  UpdateWatch watch("/nonexistent/openclaw-update");
  EXPECT_EQ(watch.look(noon, promoted_at()).update, Update::none);
  EXPECT_EQ(watch.look(noon, promoted_at()).release, "");
  EXPECT_THAT(watch.newer_releases(), IsEmpty());
}

}  // namespace
