// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "release/store.hpp"
#include "release/support/release_fixture.hpp"
#include "support/disk_witness.hpp"

namespace {

using base::ErrorKind;
using release::Store;
using test_support::TemporaryDirectory;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class KilledWhileSealing : public test_support::ReleaseStoreTest {
 protected:
  // Everything that the store lists is whole, and a sweep leaves nothing else.
  void expect_sound() const {
    std::vector<std::string> expected;
    for (const std::string& name : listed()) {
      const auto verified = store().verify(name);
      EXPECT_TRUE(verified) << verified.error().message;
      expected.push_back(name);
      expected.push_back(name + ".manifest");
    }
    ASSERT_TRUE(store().sweep());
    EXPECT_EQ(state_.names("releases"), expected);
  }
  void rename_release(const std::string& from, const std::string& to) const {
    ASSERT_EQ(::rename(state_.path("releases/" + from).c_str(), state_.path("releases/" + to).c_str()), 0);
  }
};
class Pruning : public test_support::ReleaseStoreTest {
 protected:
  std::string a_ = seal("2026.9.1"), b_ = seal("2026.9.2"), c_ = seal("2026.9.3"), d_ = seal("2026.9.4");

  std::vector<std::string> prune(unsigned keep, const std::vector<std::string>& in_use = {}) const {
    const auto removed = store().prune(keep, in_use);
    EXPECT_TRUE(removed) << removed.error().message;
    return removed.value_or(std::vector<std::string>{});
  }
};

TEST_F(KilledWhileSealing, InTheMiddleOfTheCopyLeavesADraftThatIsSwept) {
  const pid_t child = ::fork();
  if (child == 0) {
    static_cast<void>(store().seal(package_.fd(), describe("2026.9.5"), [](std::uint64_t files) {
      if (files == 3) ::kill(::getpid(), SIGKILL);
    }));
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_THAT(state_.names("releases"), ElementsAre(testing::StartsWith(".draft.")));
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_THAT(*store().sweep(), SizeIs(1));
  EXPECT_THAT(state_.names("releases"), IsEmpty());
  EXPECT_TRUE(store().verify(seal()));
}

TEST_F(KilledWhileSealing, BetweenManifestAndRenameIsADraftStill) {
  const std::string name = seal();
  rename_release(name, ".draft.abcdef");
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_FALSE(store().find(name));
  expect_sound();
  EXPECT_THAT(state_.names("releases"), IsEmpty());
}

TEST_F(KilledWhileSealing, WithAManifestHalfWrittenLeavesNothingThatCounts) {
  const std::string name = seal();
  rename_release(name, ".draft.abcdef");
  rename_release(name + ".manifest", "." + name + ".manifest.abcdef");
  expect_sound();
  EXPECT_THAT(state_.names("releases"), IsEmpty());
}

TEST_F(KilledWhileSealing, AtAnyMomentLeavesOnlyWholeReleases) {
  for (int i = 0; i < 300; ++i) package_.write("dist/f" + std::to_string(i) + ".js", std::string(2'000, 'x'));
  const std::string first = seal("2026.9.4");
  for (int step = 0; step < 40; ++step) {
    package_.write("dist/index.js", "step " + std::to_string(step));
    const pid_t child = ::fork();
    if (child == 0) {
      static_cast<void>(store().seal(package_.fd(), describe("2026.9.5"), {}));
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(step) * 1500);
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    expect_sound();
    ASSERT_TRUE(store().prune(1, {first}));
  }
  EXPECT_THAT(listed(), ElementsAre(first));
}

TEST_F(KilledWhileSealing, WhilePointingLeavesALinkThatIsSwept) {
  const std::string name = seal();
  ASSERT_TRUE(store().point(Store::Pointer::current, name));
  state_.symlink("releases/" + name, ".current.abcdef");
  state_.symlink("releases/" + name, ".previous.abcdef");
  EXPECT_THAT(*store().sweep(), ElementsAre(".current.abcdef", ".previous.abcdef"));
  EXPECT_THAT(state_.names(), ElementsAre("current", "releases"));
}

TEST_F(KilledWhileSealing, LeavesNothingForTheSweepWhenTheSourceWasRefused) {
  package_.symlink("/etc", "zzz");
  EXPECT_THAT(refusal(), HasSubstr("zzz"));
  EXPECT_THAT(*store().sweep(), IsEmpty());
}

TEST_F(Pruning, RemovesTheOldestUntilAsManyAreLeft) {
  EXPECT_THAT(prune(2), ElementsAre(a_, b_));
  EXPECT_THAT(listed(), ElementsAre(c_, d_));
  EXPECT_THAT(state_.names("releases"), ElementsAre(c_, c_ + ".manifest", d_, d_ + ".manifest"));
  EXPECT_THAT(prune(2), IsEmpty());
}

// Half a release must not be found under its name after a power cut.
TEST_F(Pruning, TakesTheNameForGoodBeforeItRemovesAFile) {
  using Kind = test_support::DiskEvent::Kind;
  const test_support::DiskWitness disk;
  EXPECT_THAT(prune(3), ElementsAre(a_));
  const auto events = disk.events();
  const auto aside = std::find_if(events.begin(), events.end(), [&](const test_support::DiskEvent& event) {
    return event.kind == Kind::renamed && event.from.ends_with("/releases/" + a_);
  });
  ASSERT_NE(aside, events.end()) << disk.story();
  ASSERT_NE(aside + 1, events.end()) << disk.story();
  EXPECT_EQ((aside + 1)->kind, Kind::folder_synced) << disk.story();
  EXPECT_THAT((aside + 1)->path, testing::EndsWith("/releases")) << disk.story();
}

TEST_F(Pruning, LeavesTheReleasesThatShareInodesWhole) {
  prune(1);
  EXPECT_TRUE(store().verify(d_));
}

TEST_F(Pruning, NeverTakesCurrentPreviousOrOneInUse) {
  ASSERT_TRUE(store().point(Store::Pointer::current, a_));
  ASSERT_TRUE(store().point(Store::Pointer::previous, c_));
  EXPECT_THAT(prune(0, {d_}), ElementsAre(b_));
  EXPECT_THAT(listed(), ElementsAre(a_, c_, d_));
}

TEST_F(Pruning, CountsTheProtectedAmongThoseItKeeps) {
  ASSERT_TRUE(store().point(Store::Pointer::current, a_));
  EXPECT_THAT(prune(2), ElementsAre(b_, c_));
  EXPECT_THAT(listed(), ElementsAre(a_, d_));
}

TEST_F(Pruning, RemovesNothingWhileCurrentDangles) {
  state_.symlink("releases/2026.9.9-00000000", "current");
  const auto removed = store().prune(0, {});
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().kind, ErrorKind::integrity);
  EXPECT_THAT(removed.error().message, HasSubstr("nothing is pruned"));
  EXPECT_THAT(listed(), SizeIs(4));
}

TEST_F(Pruning, KilledInTheMiddleIsFinishedByTheSweep) {
  ASSERT_EQ(::rename(state_.path("releases/" + a_).c_str(), state_.path("releases/.removed.abcdef").c_str()),
            0);
  EXPECT_THAT(listed(), ElementsAre(b_, c_, d_));
  EXPECT_THAT(*store().sweep(), ElementsAre(".removed.abcdef", a_ + ".manifest"));
  EXPECT_THAT(state_.names("releases"), SizeIs(6));
}

TEST_F(Pruning, OfEqualVersionsTakesTheOneThatWasMadeFirst) {
  package_.write("dist/index.js", "1");
  const std::string later = seal("2026.9.9", nullptr, "2026-11-22T00:00:00Z");
  package_.write("dist/index.js", "2");
  const std::string earlier = seal("2026.9.9", nullptr, "2026-11-21T00:00:00Z");
  EXPECT_THAT(listed(), ElementsAre(a_, b_, c_, d_, earlier, later));
  prune(1);
  EXPECT_THAT(listed(), ElementsAre(later));
}

}  // namespace
