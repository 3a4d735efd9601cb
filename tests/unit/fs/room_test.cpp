// SPDX-License-Identifier: MIT
// What counts as a full file system.
#include "fs/room.hpp"

#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"

namespace {

using fs::full_file_system;
using fs::is_full;
using fs::Room;

constexpr std::uint64_t mega = std::uint64_t{1024} * 1024, giga = 1024 * mega;

TEST(AFileSystem, IsFullWithoutRoomOrWithoutAFileMore) {
  EXPECT_TRUE(is_full(Room{.bytes = 20 * giga, .bytes_left = 0, .files = 100, .files_left = 50}));
  EXPECT_TRUE(is_full(Room{.bytes = 20 * giga, .bytes_left = 4 * mega, .files = 100, .files_left = 50}));
  EXPECT_TRUE(is_full(Room{.bytes = 20 * giga, .bytes_left = 10 * giga, .files = 100, .files_left = 0}));
  EXPECT_TRUE(is_full(Room{.bytes = 20 * giga, .bytes_left = giga, .files = 1'000'000, .files_left = 60}));
}

TEST(AFileSystem, IsNotFullBecauseItIsSmallOrCountsNoFiles) {
  EXPECT_FALSE(is_full(Room{.bytes = 20 * giga, .bytes_left = 64 * mega, .files = 100, .files_left = 50}));
  EXPECT_FALSE(is_full(Room{.bytes = 10 * mega, .bytes_left = 8 * mega, .files = 100, .files_left = 50}));
  EXPECT_FALSE(is_full(Room{.bytes = 20 * giga, .bytes_left = 10 * giga, .files = 0, .files_left = 0}));
  EXPECT_FALSE(is_full(Room{.bytes = 20 * giga, .bytes_left = giga, .files = 1'000'000, .files_left = 90}));
  EXPECT_FALSE(is_full(Room{}));  // such as /proc
}

TEST(AFileSystem, IsAskedByPathAndWhereItCannotBeItIsNotFull) {
  const test_support::TemporaryDirectory folder;
  EXPECT_EQ(full_file_system({folder.path(), folder.path("absent"), "/proc"}), "");
}

}  // namespace
