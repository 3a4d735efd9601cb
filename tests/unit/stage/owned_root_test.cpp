// SPDX-License-Identifier: MIT
// Which of two states is the newer one (#83619).
#include "stage/owned_root.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/temporary_directory.hpp"

namespace {

openclaw::Locations at_home(const std::string& home) {
  openclaw::Locations locations;
  locations.home = home;
  return locations;
}

TEST(OwnedRoot, IsNotNeededWhereTheStateBelongsToTheUser) {
  const test_support::TemporaryDirectory home;
  home.mkdir(".openclaw");
  const auto needed = stage::needs_owned_root(*openclaw::Version::parse("2026.5.12"), at_home(home.path()));
  ASSERT_TRUE(needed) << needed.error().message;
  EXPECT_FALSE(*needed);
}

TEST(OwnedRoot, IsUsedByEachVersionOnceItIsThere) {
  const test_support::TemporaryDirectory home;
  home.mkdir(".openclaw/owned-root/.openclaw");
  for (const openclaw::Version& version : {*openclaw::Version::parse("2026.9.6"), openclaw::Version{}}) {
    const auto owned = stage::prepare_owned_root(version, at_home(home.path()));
    ASSERT_TRUE(owned) << owned.error().message;
    ASSERT_TRUE(*owned);
    EXPECT_EQ((*owned)->home, home.path(".openclaw/owned-root"));
  }
}

// The gateway would go back to the older state, or get a new one. A name that is too long is an error of
// lstat(2) that says neither.
TEST(OwnedRoot, IsAnErrorWhereItCannotBeSeen) {
  const std::string home = "/" + std::string(300, 'x');
  EXPECT_FALSE(stage::needs_owned_root(*openclaw::Version::parse("2026.9.6"), at_home(home)));
  EXPECT_FALSE(stage::prepare_owned_root(*openclaw::Version::parse("2026.9.6"), at_home(home)));
}

}  // namespace
