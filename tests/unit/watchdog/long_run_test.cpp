// SPDX-License-Identifier: MIT
// Three days of a gateway that fails ten thousand times in every way that it has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "support/gateway_world.hpp"

namespace {

using watchdog::Act;
using watchdog_tests::Done;
using watchdog_tests::Life;
using watchdog_tests::World;

constexpr int hour = 3600, three_days = 72 * hour;
constexpr int incidents = 10'000;

// A life of about 20 s that ends, and does something else before. Its log has words that no other has.
Life failing(int number, std::mt19937& random) {
  const auto drawn = [&](int from, int to) { return std::uniform_int_distribution<int>(from, to)(random); };
  Life life;
  life.live_after = drawn(1, 8);
  life.ready_after = life.live_after + drawn(0, 8);
  life.dies_after = drawn(10, 30);
  life.exit_status = drawn(1, 77);
  const int from = drawn(2, 20), until = from + drawn(1, 20);
  switch (number % 6) {
    case 0:
      life.silent_from = from, life.silent_until = until;
      break;
    case 1:
      life.closed_from = from, life.closed_until = until;
      break;
    case 2:
      life.draining_from = from, life.draining_until = until;
      break;
    case 3:
      life.unready_from = from, life.unready_until = until;
      break;
    case 4:
      life.html = true;
      break;
    default:
      life.log = {"Error: incident number " + std::to_string(number) + " of its kind"};
  }
  return life;
}

class LongRun : public testing::Test {
 protected:
  LongRun() {
    std::mt19937 random(1);
    world_.start_limit = 1'000'000;  // StartLimitIntervalSec=0
    world_.lives.clear();
    for (int number = 0; number < incidents; ++number) world_.lives.push_back(failing(number, random));
    world_.lives.emplace_back();  // and then it is well
    for (const int at : {24 * hour, three_days}) {
      world_.script[at] = [this](World& world) {
        sizes_.push_back(watchdog::to_json(world.memory, "0123456789abcdef0123456789abcdef").size());
      };
    }
    world_.run(three_days);
  }

  World world_;
  std::vector<std::size_t> sizes_;
};

TEST_F(LongRun, RemembersNoMoreAfterThreeDaysThanAfterOne) {
  ASSERT_EQ(sizes_.size(), 2U);
  EXPECT_LE(sizes_[1], sizes_[0] + 64) << watchdog::to_json(world_.memory, "");
  EXPECT_LE(world_.memory.restarts.size(), world_.rules.restarts_per_hour);
}

TEST_F(LongRun, RestartsNoMoreOftenThanItMayInAnyHour) {
  ASSERT_FALSE(world_.done.empty());
  for (const Done& act : world_.done) {
    const auto in_the_hour = std::ranges::count_if(world_.done, [&](const Done& other) {
      return other.at > act.at - hour && other.at <= act.at && other.act != Act::stage;
    });
    EXPECT_LE(in_the_hour, world_.rules.restarts_per_hour) << "in the hour until " << act.at << " s";
  }
}

TEST_F(LongRun, NeitherStopsNorRollsBackNorReportsWithoutEnd) {
  for (const Done& act : world_.done) {
    EXPECT_TRUE(act.act != Act::stop && act.act != Act::rollback) << "at " << act.at << " s";
  }
  // At most one word for each incident, and the few about what it did itself.
  EXPECT_LE(world_.reports.size(), incidents + 4 * world_.done.size());
}

}  // namespace
