// SPDX-License-Identifier: MIT
#include "update/states.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>

namespace {

using testing::Contains;
using testing::Not;
using update::Event;
using update::next;
using update::row_of;
using update::State;
using update::StateRow;

std::vector<State> working_states() {
  std::vector<State> found;
  for (const StateRow& row : update::states()) {
    if (!row.outcome) found.push_back(row.state);
  }
  return found;
}

bool has_row(State from, Event event) {
  for (const auto& transition : update::transitions()) {
    if (transition.from == from && transition.event == event) return true;
  }
  return false;
}

std::set<State> reachable(const std::set<Event>& events) {
  std::set<State> reached{State::plan};
  for (std::size_t before = 0; before != reached.size();) {
    before = reached.size();
    for (const auto& transition : update::transitions()) {
      if (events.contains(transition.event) && reached.contains(transition.from))
        reached.insert(transition.to);
    }
  }
  return reached;
}

class WorkingState : public testing::TestWithParam<State> {};

TEST_P(WorkingState, HasAWayOnWhateverHappens) {
  for (const Event event : {Event::done, Event::failed, Event::interrupted, Event::interrupted_again}) {
    EXPECT_TRUE(has_row(GetParam(), event))
        << row_of(GetParam()).name << ", event " << static_cast<int>(event);
  }
}

TEST_P(WorkingState, ComesToAnOutcomeWithoutInterruption) {
  for (const Event event : {Event::done, Event::failed}) {
    State state = next(GetParam(), event);
    std::size_t steps = 0;
    while (!row_of(state).outcome && ++steps < update::states().size()) state = next(state, Event::done);
    EXPECT_TRUE(row_of(state).outcome) << row_of(GetParam()).name;
  }
}

TEST_P(WorkingState, DoesNotGoOnForeverHoweverOftenItFails) {
  State state = GetParam();
  std::size_t steps = 0;
  while (!row_of(state).outcome && ++steps < update::states().size()) state = next(state, Event::failed);
  EXPECT_TRUE(row_of(state).outcome);
}

// After a second kill, only cleanup and the rollback itself may be tried again.
TEST_P(WorkingState, IsNotReturnedToAfterASecondDeathUnlessItIsTheRollback) {
  State state = GetParam();
  std::set<State> seen;
  while (!row_of(state).outcome && state != State::rollback) {
    ASSERT_TRUE(seen.insert(state).second) << "round and round through " << row_of(state).name;
    state = next(state, Event::interrupted_again);
  }
}

TEST_P(WorkingState, RefusesBeforeTheStopAndRollsBackAfterIt) {
  const State after_failure = next(GetParam(), Event::failed);
  const std::set<State> gateway_untouched{State::plan,     State::fetch,  State::stage,
                                          State::validate, State::canary, State::snapshot};
  if (gateway_untouched.contains(GetParam())) {
    EXPECT_EQ(after_failure, State::refused);
    EXPECT_EQ(next(GetParam(), Event::interrupted), State::refused);
    EXPECT_FALSE(row_of(GetParam()).touches_gateway);
  } else {
    EXPECT_NE(after_failure, State::refused);
    EXPECT_NE(next(GetParam(), Event::interrupted), State::refused);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, WorkingState, testing::ValuesIn(working_states()),
                         [](const auto& test) { return std::string(row_of(test.param).name); });

TEST(StateTable, SaysOneThingForEachStateAndEvent) {
  std::set<std::pair<State, Event>> pairs;
  for (const auto& transition : update::transitions()) {
    EXPECT_TRUE(pairs.insert({transition.from, transition.event}).second)
        << row_of(transition.from).name << ", event " << static_cast<int>(transition.event);
  }
}

TEST(StateTable, LeadsFromThePlanToEveryState) {
  const auto reached = reachable({Event::done, Event::nothing_to_do, Event::must_migrate, Event::ends_here,
                                  Event::failed, Event::interrupted, Event::interrupted_again});
  for (const StateRow& row : update::states()) EXPECT_TRUE(reached.contains(row.state)) << row.name;
}

TEST(StateTable, ReachesEveryOutcomeWithoutAnInterruption) {
  const auto reached =
      reachable({Event::done, Event::nothing_to_do, Event::must_migrate, Event::ends_here, Event::failed});
  for (const StateRow& row : update::states()) EXPECT_TRUE(reached.contains(row.state)) << row.name;
}

TEST(StateTable, WorksThroughTheStagesOfTheDesignInTheirOrder) {
  std::vector<std::string> names;
  State state = State::plan;
  for (; !row_of(state).outcome; state = next(state, Event::done)) names.emplace_back(row_of(state).name);
  EXPECT_THAT(names, testing::ElementsAre("plan", "fetch", "stage", "validate", "canary", "snapshot", "stop",
                                          "promote", "start", "verify", "commit"));
  EXPECT_EQ(state, State::updated);
}

TEST(StateTable, EndsARehearsalAfterTheCanaryAndNowhereElse) {
  for (const auto& transition : update::transitions()) {
    if (transition.event != Event::ends_here && transition.to != State::rehearsed) continue;
    EXPECT_EQ(transition.from, State::canary);
    EXPECT_EQ(transition.event, Event::ends_here);
    EXPECT_EQ(transition.to, State::rehearsed);
  }
}

TEST(StateTable, SaysOfOutcomesAloneThatNothingWasTouched) {
  for (const StateRow& row : update::states()) {
    const std::set<State> untouched{State::up_to_date, State::rehearsed, State::refused};
    EXPECT_EQ(row.touched_nothing, untouched.contains(row.state)) << row.name;
  }
}

TEST(StateTable, MigratesBetweenThePromotionAndTheStartWhereItMust) {
  EXPECT_EQ(next(State::promote, Event::must_migrate), State::migrate);
  EXPECT_EQ(next(State::migrate, Event::done), State::start);
}

TEST(StateTable, TakesAnEventThatAStateDoesNotHaveForItsFailure) {
  EXPECT_EQ(next(State::validate, Event::nothing_to_do), State::refused);
  EXPECT_EQ(next(State::verify, Event::nothing_to_do), State::rollback);
  EXPECT_EQ(next(State::updated, Event::done), State::rollback_failed);
}

TEST(StateTable, FindsEachStateByItsNameAndNoOther) {
  for (const StateRow& row : update::states()) {
    EXPECT_EQ(update::state_named(row.name), row.state);
    EXPECT_FALSE(row.description.empty()) << row.name;
  }
  EXPECT_EQ(update::state_named("Plan"), std::nullopt);
  EXPECT_EQ(update::state_named(""), std::nullopt);
}

}  // namespace
