// SPDX-License-Identifier: MIT
// What no prune may remove, for whichever gateway.
#include "update/releases_in_use.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fs/beneath.hpp"
#include "fs/refusals.hpp"
#include "release/support/release_fixture.hpp"
#include "update/gateway_places.hpp"
#include "update/journal.hpp"

namespace {

using release::Store;
using testing::ElementsAre;
using testing::IsEmpty;

class SharedReleases : public test_support::ReleaseStoreTest {
 protected:
  SharedReleases() { EXPECT_TRUE(update::make_state_folders(work_)); }
  Store work() const {
    auto opened = Store::open(state_.path(), work_.state);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  std::vector<std::string> prune() const {
    const auto pruned = update::prune_unused(store(), 1);
    EXPECT_TRUE(pruned) << pruned.error().message;
    return pruned.value_or(std::vector<std::string>{});
  }
  // Of an update of the named gateway that was killed, or has ended.
  void record(update::State state, const std::string& from, const std::string& to, bool open) const {
    const auto folder = fs::open_directory(work_.state);
    ASSERT_TRUE(folder);
    const update::Journal journal(folder->get());
    update::Record record;
    record.state = state;
    record.context.id = *journal.new_id(1'795'000'000'000, "work");
    record.context.from.release = from;
    record.context.to.release = to;
    ASSERT_TRUE(journal.begin(record.context.id));
    ASSERT_TRUE(journal.append(record));
    if (!open) {
      ASSERT_TRUE(journal.close());
    }
  }
  update::GatewayPlaces work_ = update::places_of(state_.path(), "work");
  std::string a_ = seal("2026.9.1"), b_ = seal("2026.9.2"), c_ = seal("2026.9.3"), d_ = seal("2026.9.4");
};

TEST_F(SharedReleases, AreKeptForWhicheverGatewayStartsThem) {
  ASSERT_TRUE(store().point(Store::Pointer::current, d_));
  ASSERT_TRUE(work().point(Store::Pointer::current, b_));
  ASSERT_TRUE(work().point(Store::Pointer::previous, a_));
  EXPECT_THAT(prune(), ElementsAre(c_));
}

TEST_F(SharedReleases, AreKeptForAnUpdateThatIsNotFinished) {
  ASSERT_TRUE(store().point(Store::Pointer::current, d_));
  record(update::State::fetch, b_, c_, /*open=*/true);
  EXPECT_THAT(prune(), ElementsAre(a_));
}

TEST_F(SharedReleases, AreKeptForTheUpdateThatHasBeenRehearsed) {
  ASSERT_TRUE(store().point(Store::Pointer::current, d_));
  ASSERT_TRUE(work().point(Store::Pointer::current, b_));
  record(update::State::rehearsed, b_, a_, /*open=*/false);
  EXPECT_THAT(prune(), ElementsAre(c_)) << "the oldest is the one that was rehearsed";
  record(update::State::updated, b_, b_, /*open=*/false);
  EXPECT_THAT(prune(), ElementsAre(a_)) << "an update has come after it";
}

TEST_F(SharedReleases, AreNotKeptForAGatewayThatWasGivenBack) {
  ASSERT_TRUE(store().point(Store::Pointer::current, d_));
  record(update::State::updated, a_, b_, /*open=*/false);
  EXPECT_THAT(prune(), ElementsAre(a_, b_, c_));
}

TEST_F(SharedReleases, AreAllKeptWhereALinkOfAnyGatewayIsDamaged) {
  state_.symlink("elsewhere", "gateways/work/current");
  const auto pruned = update::prune_unused(store(), 1);
  ASSERT_FALSE(pruned);
  EXPECT_THAT(pruned.error().message, testing::HasSubstr("gateways/work/current"));
}

TEST_F(SharedReleases, AreAllKeptWhileTheHistoryOfAnyGatewayCannotBeRead) {
  ASSERT_TRUE(store().point(Store::Pointer::current, d_));
  ASSERT_TRUE(work().point(Store::Pointer::current, b_));
  record(update::State::rehearsed, b_, a_, /*open=*/false);
  const test_support::Refusals disk([](fs::syscalls::Call call, std::string_view name) {
    return call == fs::syscalls::Call::openat2 && name == "journal" ? EIO : 0;
  });
  EXPECT_FALSE(update::prune_unused(store(), 1));
  const auto all = store().list();
  ASSERT_TRUE(all);
  EXPECT_THAT(*all, testing::SizeIs(4));
}

}  // namespace
