// SPDX-License-Identifier: MIT
// Several gateways over one store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "release/store.hpp"
#include "support/release_fixture.hpp"

namespace {

using base::ErrorKind;
using release::Store;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TwoGateways : public test_support::ReleaseStoreTest {
 protected:
  TwoGateways() {
    state_.mkdir("gateways");
    state_.mkdir("gateways/work");
  }
  [[nodiscard]] Store work() const { return open("gateways/work"); }
  [[nodiscard]] Store open(const std::string& links) const {
    auto opened = Store::open(state_.path(), state_.path(links));
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(*opened);
  }
  std::string a_ = seal("2026.9.1"), b_ = seal("2026.9.2"), c_ = seal("2026.9.3");
};

TEST_F(TwoGateways, HaveLinksOfTheirOwnIntoTheSameReleases) {
  const Store named = work();
  ASSERT_TRUE(store().point(Store::Pointer::current, a_));
  ASSERT_TRUE(named.point(Store::Pointer::current, b_));
  EXPECT_EQ(*store().target(Store::Pointer::current), a_);
  EXPECT_EQ(*named.target(Store::Pointer::current), b_);
  EXPECT_EQ(state_.read("gateways/work/current/package.json"),
            state_.read("releases/" + b_ + "/package.json"));
}

TEST_F(TwoGateways, AreToldTheLinkToMakeByTheirOwnFolder) {
  state_.symlink("elsewhere", "gateways/work/current");
  const auto target = work().target(Store::Pointer::current);
  ASSERT_FALSE(target);
  EXPECT_THAT(target.error().message, HasSubstr("ln -sfn ../../releases/NAME"));
}

TEST_F(TwoGateways, DoNotRemoveWhatTheOtherMayBeAboutToUse) {
  const Store named = work();
  ASSERT_TRUE(named.use());
  const auto pruned = store().prune(1, {});
  ASSERT_FALSE(pruned);
  EXPECT_EQ(pruned.error().kind, ErrorKind::busy);
  EXPECT_THAT(listed(), ElementsAre(a_, b_, c_));
}

TEST_F(TwoGateways, PruneAgainWhenTheOtherHasEnded) {
  {
    const Store named = work();
    ASSERT_TRUE(named.use());
  }
  EXPECT_THAT(*store().prune(1, {}), ElementsAre(a_, b_));
}

TEST_F(TwoGateways, PruneWhatTheyUseThemselvesAlone) {
  const Store own = store();
  ASSERT_TRUE(own.use());
  EXPECT_THAT(*own.prune(2, {}), ElementsAre(a_));
  EXPECT_TRUE(work().use()) << "it is shared again";
  EXPECT_FALSE(store().prune(1, {})) << "its own use counts again";
}

TEST_F(TwoGateways, LeaveTheDraftsOfTheOther) {
  const Store named = work();
  ASSERT_TRUE(named.use());
  state_.mkdir("releases/.draft.abcdef");
  EXPECT_THAT(*store().sweep(), IsEmpty());
  EXPECT_TRUE(state_.exists("releases/.draft.abcdef"));
}

TEST_F(TwoGateways, SweepWhatTheDeadHaveLeft) {
  state_.mkdir("releases/.draft.abcdef");
  EXPECT_THAT(*store().sweep(), ElementsAre(".draft.abcdef"));
}

TEST_F(TwoGateways, CannotBeHeldUpByAUserOfOne) {
  ASSERT_TRUE(store().use());
  EXPECT_EQ(state_.mode("gateways/store.lock"), 0600U);
}

class OneGateway : public test_support::ReleaseStoreTest {};

TEST_F(OneGateway, HasNoLockToTakeCareOf) {
  seal();
  const Store own = store();
  ASSERT_TRUE(own.use());
  ASSERT_TRUE(own.prune(1, {}));
  EXPECT_THAT(state_.names(), ElementsAre("releases"));
}

}  // namespace
