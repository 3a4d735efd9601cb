// SPDX-License-Identifier: MIT
// What is kept after a restart of the watchdog, and what is dropped after a reboot.
#include "watchdog/memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <chrono>

#include "fs/refusals.hpp"
#include "support/no_more_files.hpp"
#include "support/temporary_directory.hpp"

namespace {

using namespace std::chrono_literals;
using watchdog::Memory;

Memory full() {
  Memory memory;
  memory.restarts = {1000ms, 61000ms};
  memory.hint_taken_for = "2026.4.29-d797ca86";
  memory.rolled_back = "20261121T101500Z-4f2a";
  memory.start_owed = "openclaw-gateway.service";
  memory.stopped_invocation = "0123456789abcdef0123456789abcdef";
  memory.has_answered = true;
  memory.restarts_total = 12;
  memory.incidents["deaf"] = 3;
  return memory;
}

TEST(Memory, ComesBackWholeWithinOneBoot) {
  EXPECT_EQ(watchdog::memory_from_json(to_json(full(), "boot-1"), "boot-1"), full());
}

TEST(Memory, KeepsCountsAndTheRollbackOverABootAndForgetsTimes) {
  const Memory later = watchdog::memory_from_json(to_json(full(), "boot-1"), "boot-2");
  EXPECT_EQ(later.restarts_total, 12U);
  EXPECT_EQ(later.incidents.at("deaf"), 3U);
  EXPECT_EQ(later.rolled_back, "20261121T101500Z-4f2a");
  EXPECT_TRUE(later.has_answered);
  EXPECT_TRUE(later.restarts.empty() && later.start_owed.empty());
  EXPECT_EQ(later.stopped_invocation, "");
}

TEST(Memory, OfAVersionThatDidNotNoteStopsIsReadAllTheSame) {
  auto object = nlohmann::json::parse(to_json(full(), "boot-1"));
  object.erase("stopped_invocation");
  Memory expected = full();
  expected.stopped_invocation.clear();
  EXPECT_EQ(watchdog::memory_from_json(object.dump(), "boot-1"), expected);
}

TEST(Memory, KeepsTheReleaseThatALineHasLedToAnActForOverABootUnlessItHasNoName) {
  EXPECT_EQ(watchdog::memory_from_json(to_json(full(), "boot-1"), "boot-2").hint_taken_for,
            "2026.4.29-d797ca86");
  Memory of_no_release = full();
  of_no_release.hint_taken_for = "";
  EXPECT_EQ(watchdog::memory_from_json(to_json(of_no_release, "boot-1"), "boot-1").hint_taken_for, "");
  EXPECT_FALSE(watchdog::memory_from_json(to_json(of_no_release, "boot-1"), "boot-2").hint_taken_for);
}

TEST(Memory, IsEmptyWhereItCannotBeRead) {
  for (const char* text : {"", "{", "[]", "{\"boot_id\":\"b\"}", "{\"restarts\":7}", "\xff"}) {
    EXPECT_EQ(watchdog::memory_from_json(text, "b"), Memory{}) << text;
  }
}

TEST(Memory, IsEmptyWhereANumberIsNone) {
  for (const char* number : {"1e300", "-1", "1.5", "99999999999999999999"}) {
    for (const char* member : {"restarts_total", "incidents", "restarts"}) {
      auto object = nlohmann::json::parse(to_json(full(), "b"));
      const auto value = nlohmann::json::parse(number);
      if (member == std::string("restarts") && number == std::string("-1")) continue;
      if (object[member].is_object()) object[member]["unknown"] = value;
      if (object[member].is_array()) object[member].push_back(value);
      if (object[member].is_number()) object[member] = value;
      EXPECT_EQ(watchdog::memory_from_json(object.dump(), "b"), Memory{}) << member << " " << number;
    }
  }
}

TEST(Memory, IsKeptInItsFolder) {
  const test_support::TemporaryDirectory folder;
  EXPECT_EQ(watchdog::read_memory(folder.path()).value(), Memory{});
  ASSERT_TRUE(watchdog::write_memory(folder.path(), full()));
  EXPECT_EQ(watchdog::read_memory(folder.path()).value(), full());
  EXPECT_FALSE(watchdog::write_memory(folder.path() + "/absent", full()));
}

TEST(Memory, IsNotKnownWhereTheDiskDoesNotShowIt) {
  const test_support::TemporaryDirectory folder;
  ASSERT_TRUE(watchdog::write_memory(folder.path(), full()));
  {
    const test_support::Refusals refused(fs::syscalls::Call::openat2, EIO);
    const auto memory = watchdog::read_memory(folder.path());
    ASSERT_FALSE(memory);
    EXPECT_THAT(memory.error().message, testing::HasSubstr(folder.path()));
  }
  {
    const test_support::NoMoreFiles refused;
    EXPECT_FALSE(watchdog::read_memory(folder.path()));
  }
  EXPECT_EQ(watchdog::read_memory(folder.path() + "/absent").value(), Memory{});
}

TEST(Memory, OfAnEarlierWatchdogIsJoinedWithWhatWasDoneWithoutIt) {
  EXPECT_EQ(joined(full(), {}), full());
  EXPECT_EQ(joined({}, full()), full());
  Memory since;
  since.restarts = {90000ms};
  since.hint_taken_for = "2026.5.1-00ff00ff";
  since.restarts_total = 1;
  since.incidents = {{"deaf", 1}, {"port-taken", 2}};
  const Memory both = joined(full(), since);
  EXPECT_EQ(both.restarts, (std::vector<watchdog::Time>{1000ms, 61000ms, 90000ms}));
  EXPECT_EQ(both.hint_taken_for, "2026.5.1-00ff00ff");
  EXPECT_EQ(both.rolled_back, "20261121T101500Z-4f2a");
  EXPECT_EQ(both.start_owed, "openclaw-gateway.service");
  EXPECT_EQ(both.stopped_invocation, full().stopped_invocation);
  EXPECT_EQ(both.restarts_total, 13U);
  EXPECT_EQ(both.incidents, (std::map<std::string, std::uint64_t>{{"deaf", 4}, {"port-taken", 2}}));
}

TEST(Memory, IsAloneInItsFolderWhateverAKilledWatchdogWasWriting) {
  const test_support::TemporaryDirectory folder;
  ASSERT_TRUE(watchdog::write_memory(folder.path(), full()));
  folder.write(".memory.json.x3k9qp", "{");
  folder.write(".probation.json.a1b2c3", "{");
  EXPECT_EQ(watchdog::read_memory(folder.path()).value(), full());
  EXPECT_EQ(folder.names(), std::vector<std::string>{"memory.json"});
}

}  // namespace
