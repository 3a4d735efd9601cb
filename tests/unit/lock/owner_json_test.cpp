// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "lock/owner_lock.hpp"

namespace {

using lock::LockOwner;
using lock::parse_owner;
using Shape = LockOwner::Shape;

constexpr std::int64_t folder = 1'777'000'000'000;

TEST(AnOwner, Of2026_4_24HasPidAndTime) {
  const auto owner = parse_owner(R"({"pid":4711,"createdAtMs":1777777777123})", folder);
  EXPECT_EQ(owner.shape, Shape::known);
  EXPECT_EQ(owner.pid, 4711);
  EXPECT_EQ(owner.created_at_ms, 1777777777123);
  EXPECT_FALSE(owner.start_ticks);
  EXPECT_EQ(owner.touched_at_ms, folder);
}

TEST(AnOwner, Of2026_4_29HasAStartTime) {
  const auto owner = parse_owner(R"({"pid":4711,"starttime":234207,"createdAtMs":1777777777123})", folder);
  EXPECT_EQ(owner.start_ticks, 234207U);
}

TEST(AnOwner, OfReport75028HasStartedAt) {
  EXPECT_EQ(parse_owner(R"({"pid":7,"startedAt":1777777777123})", folder).created_at_ms, 1777777777123);
  EXPECT_EQ(parse_owner(R"({"pid":7,"startedAt":"2026-04-29T06:07:08.123Z"})", folder).created_at_ms,
            1777442828123);
}

TEST(AnOwner, IgnoresWhatItDoesNotKnowAndTakesTheLastOfTwo) {
  const auto owner = parse_owner(R"({"hostname":"x","pid":1,"nested":{"pid":3},"pid":2})", folder);
  EXPECT_EQ(owner.pid, 2);
}

class ATime : public testing::TestWithParam<std::pair<const char*, std::int64_t>> {};

TEST_P(ATime, IsBelievedOrReplacedByThatOfTheFolder) {
  const auto& [text, expected] = GetParam();
  const auto owner = parse_owner(R"({"pid":7,"createdAtMs":)" + std::string(text) + "}", folder);
  EXPECT_EQ(owner.shape, Shape::known);
  EXPECT_EQ(owner.created_at_ms, expected) << text;
}

INSTANTIATE_TEST_SUITE_P(
    CreatedAtMs, ATime,
    testing::Values(
        std::pair{"1777777777123.9", 1777777777123}, std::pair{"1.777777777123e12", 1777777777123},
        std::pair{"\"1777777777123\"", 1777777777123},
        std::pair{"\"2026-05-03T03:09:37.123Z\"", 1777777777123},
        std::pair{"\"2026-05-03T05:09:37.123456+02:00\"", 1777777777123},
        std::pair{"\"2026-05-02T23:39:37-0330\"", 1777777777000},
        std::pair{"\"2026-05-03T03:09:37.1Z\"", 1777777777100},
        // none of these is a time that proves anything
        std::pair{"0", folder}, std::pair{"-1", folder}, std::pair{"-1777777777123", folder},
        std::pair{"1777777777", folder}, std::pair{"1e300", folder}, std::pair{"-1e300", folder},
        std::pair{"18446744073709551615", folder}, std::pair{"9223372036854775807", folder},
        std::pair{"9007199254740993", folder}, std::pair{"null", folder}, std::pair{"true", folder},
        std::pair{"[1777777777123]", folder}, std::pair{"\"\"", folder}, std::pair{"\"yesterday\"", folder},
        std::pair{"\"2026-05-03\"", folder}, std::pair{"\"2026-05-03T03:09:37\"", folder},
        std::pair{"\"2026-02-30T03:09:37Z\"", folder}, std::pair{"\"2026-05-03T24:09:37Z\"", folder},
        std::pair{"\"2026-05-03T03:09:37Zoo\"", folder}, std::pair{"\"2026-05-03T03:09:37.Z\"", folder},
        std::pair{"\"2026-05-03T03:09:37+25:00\"", folder}));

class AStartTime : public testing::TestWithParam<const char*> {};

TEST_P(AStartTime, ThatIsNoTickCountIsIgnored) {
  const auto owner = parse_owner(R"({"pid":7,"starttime":)" + std::string(GetParam()) + "}", folder);
  EXPECT_EQ(owner.shape, Shape::known);
  EXPECT_FALSE(owner.start_ticks);
}

INSTANTIATE_TEST_SUITE_P(Bad, AStartTime, testing::Values("null", "-1", "1.5", "\"5000\"", "1e300", "{}"));

class AMalformedOwner : public testing::TestWithParam<const char*> {};

TEST_P(AMalformedOwner, NamesNobody) {
  const auto owner = parse_owner(GetParam(), folder);
  EXPECT_EQ(owner.shape, Shape::malformed);
  EXPECT_FALSE(owner.pid);
  EXPECT_EQ(owner.touched_at_ms, folder);
}

INSTANTIATE_TEST_SUITE_P(OwnerJson, AMalformedOwner,
                         testing::Values("", " ", "{", "null", "[]", "4711", "\"pid\"", "{}",
                                         R"({"pid":null})", R"({"pid":0})", R"({"pid":-1})",
                                         R"({"pid":-4711})", R"({"pid":1.5})", R"({"pid":"4711"})",
                                         R"({"pid":4194305})", R"({"pid":1e300})",
                                         R"({"pid":18446744073709551615})", R"({"pid":4711)",
                                         R"({"pid":4711}})", R"({"createdAtMs":1777777777123})",
                                         R"([{"pid":4711}])", "\xff\xfe{}"));

TEST(AnOwner, MayHaveTheGreatestPidThatLinuxGives) {
  EXPECT_EQ(parse_owner(R"({"pid":4194304})", folder).pid, 4194304);
  EXPECT_EQ(parse_owner(R"({"pid":4711.0})", folder).pid, 4711);
}

TEST(AnOwner, NestedSixtyThousandDeepIsMalformed) {
  EXPECT_EQ(parse_owner(std::string(60'000, '['), folder).shape, Shape::malformed);
  const std::string deep = std::string(30'000, '[') + std::string(30'000, ']');
  EXPECT_EQ(parse_owner(R"({"x":)" + deep + R"(,"pid":4711})", folder).pid, 4711);
}

}  // namespace
