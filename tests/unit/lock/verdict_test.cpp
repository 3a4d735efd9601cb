// SPDX-License-Identifier: MIT
// The truth table of judge(): each row of src/lock/verdict.cpp with both sides of its boundary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "lock/owner_lock.hpp"

namespace {

using lock::LockOwner;
using lock::LockVerdict;
using lock::MachineFacts;
using lock::ProcessFacts;
using State = LockVerdict::State;
using Shape = LockOwner::Shape;
using testing::HasSubstr;

constexpr std::int64_t second = 1000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t now = 1'777'777'777'000;
constexpr std::int64_t boot = now - 600 * minute;
constexpr std::int64_t container = now - 60 * minute;

struct Case {
  const char* name;
  State expected;
  const char* reason;  // a part of it
  LockOwner owner;
  ProcessFacts process;
  MachineFacts machine;
};

MachineFacts host() {
  return {now, boot, boot, false, 30'000};
}
MachineFacts young_container() {
  return {now, boot, container, true, 120};
}

LockOwner taken(std::int64_t created, std::int64_t pid = 100) {
  return {Shape::known, pid, std::nullopt, created, created};
}
LockOwner taken_with_start(std::int64_t created, std::uint64_t ticks) {
  return {Shape::known, 100, ticks, created, created};
}
LockOwner without_owner(Shape shape, std::int64_t touched) {
  return {shape, std::nullopt, std::nullopt, std::nullopt, touched};
}
ProcessFacts nobody() {
  return {};
}
ProcessFacts started(std::int64_t at, std::uint64_t ticks = 5000) {
  return {true, ticks, at};
}
ProcessFacts hidden() {
  return {true, std::nullopt, std::nullopt};
}

void PrintTo(const Case& row, std::ostream* out) {
  *out << row.name;
}

class AVerdict : public testing::TestWithParam<Case> {};

TEST_P(AVerdict, Is) {
  const Case& row = GetParam();
  const LockVerdict verdict = lock::judge(row.owner, row.process, row.machine);
  EXPECT_EQ(verdict.state, row.expected) << verdict.reason;
  EXPECT_THAT(verdict.reason, HasSubstr(row.reason));
  EXPECT_GE(verdict.age_ms, 0);
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

const std::vector<Case> boots{
    {"GoneWhenTheLockIsOlderThanThisBoot", State::gone, "older than this boot", taken(boot - 5 * second),
     started(boot + second), host()},
    {"GoneWhenOlderThanTheBootEvenIfTheProcessIsHidden", State::gone, "older than this boot",
     taken(boot - minute), hidden(), host()},
    {"GoneWhenJustBeyondTheClockToleranceBeforeTheBoot", State::gone, "older than this boot",
     taken(boot - 2001), hidden(), host()},
    {"HeldWhenWithinTheClockToleranceBeforeTheBoot", State::held, "is alive", taken(boot - 2000), hidden(),
     host()},
    {"GoneWhenTheLockIsOlderThanThisContainer", State::gone, "older than this container",
     taken(container - 5 * second, 7), started(container - minute), young_container()},
    {"GoneWhenJustBeyondTheToleranceBeforeTheContainer", State::gone, "older than this container",
     taken(container - 2001, 7), hidden(), young_container()},
    {"HeldWhenWithinTheToleranceBeforeTheContainer", State::held, "is alive", taken(container - 2000, 7),
     hidden(), young_container()},
};
INSTANTIATE_TEST_SUITE_P(OfBoots, AVerdict, testing::ValuesIn(boots), name_of);

const std::vector<Case> processes{
    {"GoneWhenThereIsNoSuchProcess", State::gone, "process 100 no longer exists", taken(now - second),
     nobody(), host()},
    {"GoneWhenThereIsNoSuchProcessEvenIfTheClockWasSetBack", State::gone, "process 100 no longer exists",
     taken(now + 60 * minute), nobody(), host()},
    {"GoneWhenTheLivingProcessHasAnotherStartTime", State::gone, "another process",
     taken_with_start(now - minute, 4999), started(now - 2 * minute, 5000), host()},
    {"GoneWhenTheStartTimeDiffersAndTheClockWasSetBack", State::gone, "another process",
     taken_with_start(now + 60 * minute, 4999), started(now - minute, 5000), host()},
    {"HeldWhenTheStartTimeIsTheRecordedOne", State::held, "process 100 took the lock and is alive",
     taken_with_start(now - minute, 5000), started(now - 2 * minute, 5000), host()},
    {"HeldByItsVeryProcessThoughTheClockWasSetForwardOverTheBoot", State::held, "took the lock and is alive",
     taken_with_start(boot - 60 * minute, 5000), started(now - 2 * minute, 5000), host()},
    {"HeldByItsVeryProcessThoughThatSeemsYoungerThanTheLock", State::held, "took the lock and is alive",
     taken_with_start(now - 5 * minute, 5000), started(now - minute, 5000), host()},
    {"HeldWhenAProcessOfUnknownStartHasTheNumber", State::held, "process 100 is alive",
     taken_with_start(now - minute, 1), hidden(), host()},
    {"GoneWhenThePidWasGivenToAYoungerProcess", State::gone, "process 100 is younger than the lock",
     taken(now - 10 * minute), started(now - minute), host()},
    {"GoneWhenTheProcessIsYoungerByJustMoreThanTheTolerance", State::gone, "younger than the lock",
     taken(now - minute), started(now - minute + 2001), host()},
    {"HeldWhenTheProcessIsYoungerByNoMoreThanTheTolerance", State::held, "process 100 is alive",
     taken(now - minute), started(now - minute + 2000), host()},
    {"HeldWhenTheProcessIsOlderThanTheLock", State::held, "process 100 is alive", taken(now - minute),
     started(now - 2 * minute), host()},
    {"HeldHoweverOldTheLockOfALivingProcessIs", State::held, "process 100 is alive", taken(boot + 2 * minute),
     started(boot + minute), host()},
    {"HeldWhenTheLockIsFromTheFuture", State::held, "the clock was set back", taken(now + 60 * minute),
     started(now - minute), host()},
    {"HeldWhenTheClockReadsBeforeTheBoot", State::held, "the clock was set back", taken(boot - minute),
     hidden(), MachineFacts{boot - 2 * minute, boot, boot, false, 30'000}},
};
INSTANTIATE_TEST_SUITE_P(OfProcesses, AVerdict, testing::ValuesIn(processes), name_of);

const std::vector<Case> containers{
    {"GoneWhenThePidWasGivenHereAndHasNoProcess", State::gone, "no longer exists", taken(now - second, 100),
     nobody(), young_container()},
    {"GoneWhenItIsTheLastPidGivenHere", State::gone, "no longer exists", taken(now - second, 120), nobody(),
     young_container()},
    {"HeldWhenThePidWasNeverGivenHere", State::held, "process 121 was never in this container",
     taken(now - second, 121), nobody(), young_container()},
    {"HeldWhenNeverGivenHereAndJustUnderTenMinutes", State::held, "never in this container",
     taken(now - 10 * minute + 1, 4711), nobody(), young_container()},
    {"GoneWhenNeverGivenHereButTenMinutesOld", State::gone, "no longer exists",
     taken(now - 10 * minute, 4711), nobody(), young_container()},
    {"HeldWhenNeverGivenHereAndFromTheFuture", State::held, "never in this container",
     taken(now + 60 * minute, 4711), nobody(), young_container()},
    {"GoneWhenNeverGivenHereButOlderThanThisContainer", State::gone, "older than this container",
     taken(container - minute, 4711), nobody(), young_container()},
    {"GoneOnTheHostWhateverThePid", State::gone, "no longer exists", taken(now - second, 4'000'000), nobody(),
     host()},
};
INSTANTIATE_TEST_SUITE_P(OfContainers, AVerdict, testing::ValuesIn(containers), name_of);

const std::vector<Case> ownerless{
    {"HeldWhenNoOwnerIsWrittenYet", State::held, "names no owner yet",
     without_owner(Shape::missing, now - 29'999), nobody(), host()},
    {"GoneWhenNoOwnerWasWrittenForThirtySeconds", State::gone, "none was written for 30 s",
     without_owner(Shape::missing, now - 30'000), nobody(), host()},
    {"HeldWhenTheOwnerIsMalformedAndFresh", State::held, "names no owner yet",
     without_owner(Shape::malformed, now - 29'999), nobody(), host()},
    {"GoneWhenTheOwnerIsMalformedForThirtySeconds", State::gone, "names no owner",
     without_owner(Shape::malformed, now - 30'000), nobody(), host()},
    {"HeldWhenTheFolderIsFromTheFuture", State::held, "names no owner yet",
     without_owner(Shape::missing, now + 60 * minute), nobody(), host()},
    {"GoneWhenOwnerlessAndOlderThanABootOfFiveSecondsAgo", State::gone, "older than this boot",
     without_owner(Shape::missing, now - 10'000), nobody(),
     MachineFacts{now, now - 5'000, now - 5'000, false, 300}},
    {"GoneWhenOwnerlessAndOlderThanAContainerOfFiveSecondsAgo", State::gone, "older than this container",
     without_owner(Shape::malformed, now - 10'000), nobody(), MachineFacts{now, boot, now - 5'000, true, 3}},
    {"HeldWhenTheOwnerCannotBeReadHoweverOld", State::held, "cannot be read",
     without_owner(Shape::unreadable, now - 60 * minute), nobody(), host()},
    {"GoneWhenTheOwnerCannotBeReadButIsOlderThanThisBoot", State::gone, "older than this boot",
     without_owner(Shape::unreadable, boot - minute), nobody(), host()},
    {"HeldWhenAKnownOwnerLacksItsPid", State::held, "names no owner yet",
     LockOwner{Shape::known, std::nullopt, std::nullopt, now - 60 * minute, now - second}, nobody(), host()},
};
INSTANTIATE_TEST_SUITE_P(OfOwnerlessLocks, AVerdict, testing::ValuesIn(ownerless), name_of);

// A lock that is held while the clock jumps: the process is known by its start in ticks, which no clock
// moves.
TEST(AHeldVerdict, StandsWhateverTheClockIsSetTo) {
  constexpr std::int64_t year = std::int64_t{365} * 24 * 60 * minute;
  for (const std::int64_t jump : {-year, year, -now + second, -second, std::int64_t{0}}) {
    // The kernel's time of the boot, and of the start of a process, move with the clock.
    const MachineFacts machine{now + jump, boot + jump, boot + jump, false, 30'000};
    const auto verdict =
        lock::judge(taken_with_start(now - minute, 5000), started(now - 2 * minute + jump, 5000), machine);
    EXPECT_EQ(verdict.state, State::held) << jump << ": " << verdict.reason;
  }
}

TEST(AHeldVerdict, CarriesTheAgeAndThePid) {
  const auto verdict = lock::judge(taken(now - 90 * second), started(now - 2 * minute), host());
  EXPECT_EQ(verdict.state, State::held);
  EXPECT_EQ(verdict.age_ms, 90 * second);
  EXPECT_EQ(verdict.pid, 100);
}

TEST(AHeldVerdict, HasNoAgeWhenTheLockIsFromTheFuture) {
  EXPECT_EQ(lock::judge(taken(now + minute), started(now - 2 * minute), host()).age_ms, 0);
}

TEST(AVerdictOnAnOwnerWithoutTime, GoesByTheFolder) {
  LockOwner owner = taken(0);
  owner.created_at_ms.reset();
  owner.touched_at_ms = now - minute;
  EXPECT_EQ(lock::judge(owner, started(now - second), host()).state, State::gone);
  EXPECT_EQ(lock::judge(owner, started(now - 2 * minute), host()).age_ms, minute);
}

}  // namespace
