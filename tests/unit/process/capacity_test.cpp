// SPDX-License-Identifier: MIT
#include "process/capacity.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include "support/temporary_directory.hpp"

namespace {

using process::Capacity;
using test_support::TemporaryDirectory;

constexpr std::uint64_t mebibyte = std::uint64_t{1024} * 1024;

TEST(Capacity, OfMemoryIsWhatTheKernelCallsAvailable) {
  const TemporaryDirectory proc;
  proc.write("meminfo",
             "MemTotal:        2014332 kB\nMemFree:           71052 kB\nMemAvailable:    1048576 kB\n");
  EXPECT_EQ(process::capacity(proc.path()).available_bytes, 1024 * mebibyte);
}

TEST(Capacity, IsNotKnownWhereTheKernelDoesNotTell) {
  const TemporaryDirectory proc;
  EXPECT_EQ(process::capacity(proc.path()).available_bytes, 0U);
  for (const char* const text : {"", "MemFree: 71052 kB\n", "MemAvailable:", "MemAvailable: many kB\n"}) {
    proc.write("meminfo", text);
    EXPECT_EQ(process::capacity(proc.path()).available_bytes, 0U) << text;
  }
}

TEST(Capacity, OfThisMachineIsFound) {
  EXPECT_GE(process::capacity().processors, 1U);
  EXPECT_GT(process::capacity().available_bytes, 0U);
}

TEST(Capacity, CountsOnlyTheProcessorsOnWhichThisProcessMayRun) {
  cpu_set_t before, one;
  ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
  CPU_ZERO(&one);
  for (std::size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i) {
    if (CPU_ISSET(i, &before)) CPU_SET(i, &one);
  }
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  const auto found = process::capacity();
  ASSERT_EQ(::sched_setaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(found.processors, 1U);
}

TEST(Room, NeedsMemoryAndASecondProcessor) {
  EXPECT_TRUE(process::has_room_beside({2, 1024 * mebibyte}, 1024 * mebibyte));
  EXPECT_FALSE(process::has_room_beside({2, 1024 * mebibyte - 1}, 1024 * mebibyte));
  EXPECT_FALSE(process::has_room_beside({1, 8192 * mebibyte}, 1024 * mebibyte));
  EXPECT_FALSE(process::has_room_beside({2, 0}, 1024 * mebibyte));
}

}  // namespace
